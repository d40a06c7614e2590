using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Verdicts;

namespace Faultline.Real.Histograms;

/// <summary>The state lines that a real run of a test may end with.</summary>
public sealed record AllowedOutcomes
{
    /// <summary>Kernel version that was searched.</summary>
    public required string Kernel { get; init; }

    /// <summary>Filesystems that were searched: what either allows is allowed.</summary>
    public required IReadOnlyList<FilesystemKind> Filesystems { get; init; }

    /// <summary>The state lines of the model's ends; among them <see cref="Histogram.HangLine"/> when the model can hang.</summary>
    public required IReadOnlySet<string> Model { get; init; }

    /// <summary>Those that atomic loads, stores and system calls could have had; null when a bound was met before all were known.</summary>
    public required IReadOnlySet<string>? Atomic { get; init; }

    /// <summary>The WARN and BUG that the model has: <c>warn(insert_pfn)</c>.</summary>
    public required IReadOnlySet<string> Complaints { get; init; }

    /// <summary>Every end was seen. If not, what is not among them may be allowed all the same.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Explores a test, without its power failures: a real run has none.</summary>
    /// <param name="program">The test compiled.</param>
    /// <param name="observed">What a real run shows.</param>
    /// <param name="kernel">Kernel version.</param>
    /// <param name="filesystems">Filesystems, one or more.</param>
    /// <param name="limits">Bounds of each search.</param>
    /// <param name="progress">Is told where a search stands.</param>
    public static AllowedOutcomes Explore(
        UserProgram program,
        ObservedSet observed,
        KernelVersion kernel,
        IReadOnlyList<FilesystemKind> filesystems,
        SearchLimits limits,
        Action<SearchProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(observed);
        ArgumentNullException.ThrowIfNull(filesystems);
        program = WithoutCrash(program);
        var options = new CheckOptions(limits, Witnesses: false, Progress: progress);
        Lazy<OutcomeSet?> reference = Checker.ReferenceOf(program, options);
        HashSet<string> model = [], complaints = [];
        bool complete = true;
        foreach (FilesystemKind filesystem in filesystems)
        {
            CheckResult result = Checker.Check(observed.Watched, program, kernel, filesystem, expected: null, options, reference);
            complete &= result.Search.Complete;
            complaints.UnionWith(result.Findings.Where(f => f.Violation is { Kind: ViolationKind.Warn or ViolationKind.Bug }).Select(f => f.Name));
            foreach (OutcomeState state in result.Verdict.States)
            {
                model.Add(observed.Project(state.Line));
            }
        }

        return new AllowedOutcomes
        {
            Kernel = kernel.Name,
            Filesystems = filesystems,
            Model = model,
            Complaints = complaints,
            Atomic = AtomicLines(program, observed, reference.Value),
            IsComplete = complete,
        };
    }

    private static UserProgram WithoutCrash(UserProgram program) => program with
    {
        Threads = [.. program.Threads.Select(t => t with { Code = [.. t.Code.Where(i => i.Opcode != Opcode.Crash)] })],
    };

    private static HashSet<string>? AtomicLines(UserProgram program, ObservedSet observed, OutcomeSet? reference)
    {
        IReadOnlyList<Observable> all = [.. observed.Values, .. observed.Signals];
        return reference?.All.Select(o => observed.Project(StateLine.Print(all, new ReferenceOutcome(program, o)))).ToHashSet();
    }
}
