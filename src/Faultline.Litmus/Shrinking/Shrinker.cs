using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Shrinking;

/// <summary>What came of shrinking.</summary>
/// <param name="Test">The smallest test that was found to fail in the same way; parsed from its own text.</param>
/// <param name="Tried">Tests searched.</param>
/// <param name="Undecided">Those of them whose search met a bound before it saw the failure: they were taken not to fail.</param>
/// <param name="Interrupted">Smaller ones may not have been tried.</param>
public sealed record ShrinkResult(LitmusTest Test, int Tried, int Undecided, bool Interrupted);

/// <summary>
/// Delta debugging (Zeller and Hildebrandt, TSE 2002) over the syntax tree: as long as one of a test's <see cref="Reductions"/> is a valid
/// test that fails in the same way on the same kernel and filesystem, it takes that one's place. Where none does, the test is 1-minimal.
/// </summary>
public sealed class Shrinker
{
    private const long StatesAtLeast = 100_000;
    private const long SchedulesTried = 300;
    private const long StatesWorthDrawing = 5_000;

    private readonly KernelVersion kernel;
    private readonly FilesystemKind filesystem;
    private readonly Failure failure;
    private readonly CheckOptions? drawn;
    private readonly CheckOptions exhaustive;
    private readonly CancellationToken cancellation;
    private readonly Action<int, LitmusTest>? progress;
    private readonly HashSet<string> seen = [];
    private int tried;
    private int undecided;

    private Shrinker(CheckResult failing, Failure failure, CheckOptions options, Action<int, LitmusTest>? progress)
    {
        (kernel, filesystem, this.failure, this.progress) = (failing.Machine.Version, failing.Machine.Filesystem, failure, progress);
        cancellation = options.Limits.Cancellation;
        long states = Math.Max(StatesAtLeast, failing.Search.States * 2);
        exhaustive = new CheckOptions(options.Limits with { MaxStates = Math.Min(options.Limits.MaxStates, states) }, Witnesses: false);
        ISearchStrategy? first = options.Strategy ?? (failing.Search.States > StatesWorthDrawing ? new RandomWalk(1, SchedulesTried) : null);
        drawn = first is null ? null : exhaustive with { Strategy = first };
    }

    /// <summary>Shrinks.</summary>
    /// <param name="failing">A check that shows the failure.</param>
    /// <param name="failure">The failure.</param>
    /// <param name="options">How each test is checked; its strategy, if it is not exhaustive, is asked first.</param>
    /// <param name="progress">Is told how many tests were tried, and the smallest so far.</param>
    public static ShrinkResult Run(
        CheckResult failing, Failure failure, CheckOptions options, Action<int, LitmusTest>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(failing);
        ArgumentNullException.ThrowIfNull(failure);
        ArgumentNullException.ThrowIfNull(options);
        return new Shrinker(failing, failure, options, progress).Run(failing.Test);
    }

    private ShrinkResult Run(LitmusTest test)
    {
        LitmusTest smallest = Reparsed(test with { Info = [], Name = $"{test.Name}-shrunk", Title = "" }) ?? test;
        if (failure.Violation is { } violation && Candidate(Plain(smallest, violation)) is { } plain)
        {
            smallest = plain;
        }

        while (Reductions.Of(smallest).Where(r => TestSize.IsSmaller(r, smallest)).Select(Candidate).FirstOrDefault(c => c is not null) is { } smaller)
        {
            smallest = smaller;
        }

        return new ShrinkResult(smallest, tried, undecided, cancellation.IsCancellationRequested);

        LitmusTest? Candidate(LitmusTest reduced)
        {
            progress?.Invoke(tried, smallest);
            return !cancellation.IsCancellationRequested && Reparsed(reduced) is { } valid && seen.Add(LitmusPrinter.Print(valid)) && Fails(valid)
                ? valid
                : null;
        }
    }

    // Where the failure is a violation, the condition says no more than that.
    private static LitmusTest Plain(LitmusTest test, Violation violation)
    {
        Observable? observable = violation.Kind switch
        {
            ViolationKind.Warn => new WarnEvent(violation.Name),
            ViolationKind.Bug => new BugEvent(violation.Name),
            ViolationKind.Deadlock or ViolationKind.LostWakeup or ViolationKind.Livelock => new HangEvent(),
            _ => null,
        };
        Proposition proposition = observable is null ? new True() : new Atom(observable, true, 1, test.Condition.Position);
        return test with { Condition = new Condition(Quantifier.Exists, proposition, test.Condition.Position), Locations = [] };
    }

    // Only what can be printed and read again is a test.
    private static LitmusTest? Reparsed(LitmusTest test)
    {
        LitmusTest? parsed = test.Threads.Count == 0 ? null : LitmusParser.Parse(test.Path, LitmusPrinter.Print(test)).Test;
        return parsed is not null && ModelNames.Validate(parsed).Count == 0 ? parsed : null;
    }

    private bool Fails(LitmusTest test)
    {
        CompileResult compiled = Compiler.Compile(test, CompileLimits.Search);
        if (!compiled.IsSuccess || Requirements.Unmet(test, kernel, filesystem).Count > 0)
        {
            return false;
        }

        tried++;
        Lazy<Kernel.Checks.OutcomeSet?> reference = Checker.ReferenceOf(compiled.Program, exhaustive);
        CheckResult Check(CheckOptions options) => Checker.Check(test, compiled.Program, kernel, filesystem, null, options, reference);
        if (drawn is not null && failure.IsIn(Check(drawn)))
        {
            return true;
        }

        CheckResult result = Check(exhaustive);
        bool shown = failure.IsIn(result);
        undecided += shown || result.IsComplete || cancellation.IsCancellationRequested ? 0 : 1;
        return shown;
    }
}
