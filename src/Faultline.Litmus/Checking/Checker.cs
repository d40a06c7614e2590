using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Expectations;
using Faultline.Litmus.Syntax;
using Faultline.Litmus.Verdicts;

namespace Faultline.Litmus.Checking;

/// <summary>How to check.</summary>
/// <param name="Limits">Bounds of each search.</param>
/// <param name="Witnesses">Look for the shortest schedule of everything found.</param>
/// <param name="CheckDeterminism">Take each step twice and compare.</param>
/// <param name="Progress">Is told where the search stands.</param>
public sealed record CheckOptions(
    SearchLimits Limits, bool Witnesses = true, bool CheckDeterminism = false, Action<SearchProgress>? Progress = null)
{
    private const long ReferenceStates = 4_000_000;

    /// <summary>The strategy; null: exhaustive.</summary>
    public ISearchStrategy? Strategy { get; init; }

    /// <summary>Threads for one search, where the strategy does not say.</summary>
    public int SearchWorkers { get; init; } = 1;

    /// <summary>States that the search for a shortest schedule may cost where the strategy is not exhaustive.</summary>
    public long WitnessStates { get; init; } = 250_000;

    /// <summary>Bounds of the atomic reference: where a test may be beyond exhaustion, it is not searched without any.</summary>
    internal SearchLimits ReferenceLimits => Within(ReferenceStates);

    /// <summary>Bounds of the search for a shortest schedule, likewise.</summary>
    internal SearchLimits WitnessLimits => Within(WitnessStates);

    /// <summary>No bounds, with witnesses.</summary>
    public static CheckOptions Default { get; } = new(SearchLimits.None);

    private SearchLimits Within(long states) =>
        Strategy is null or Exhaustive ? Limits : Limits with { MaxStates = Math.Min(Limits.MaxStates, states) };
}

/// <summary>
/// Checks one test on one kernel and filesystem: first the atomic reference, then every interleaving, then for each thing found the
/// schedule with the fewest context switches.
/// </summary>
public static class Checker
{
    /// <summary>Checks.</summary>
    /// <param name="test">The test.</param>
    /// <param name="program">The test compiled.</param>
    /// <param name="kernel">Kernel version.</param>
    /// <param name="filesystem">Filesystem.</param>
    /// <param name="expected">What is known of this kernel and filesystem.</param>
    /// <param name="options">How.</param>
    /// <param name="reference">The test's allowed outcomes, from <see cref="ReferenceOf"/>, to explore them once for all kernels; null: explore them.</param>
    public static CheckResult Check(
        LitmusTest test,
        UserProgram program,
        KernelVersion kernel,
        FilesystemKind filesystem,
        Expectation? expected,
        CheckOptions options,
        Lazy<OutcomeSet?>? reference = null)
    {
        OutcomeSet? allowed = (reference ?? ReferenceOf(program, options)).Value;
        Machine machine = MachineFor(test, program, kernel, filesystem, allowed);
        var states = new StateCollector(test, machine, options.Progress);
        ISearchStrategy strategy = options.Strategy
            ?? new Exhaustive { CheckDeterminism = options.CheckDeterminism, Workers = options.SearchWorkers };
        SearchResult search = strategy.Run(machine, states, options.Limits);
        Schedule? livelock = null;
        if (search.Livelocked?.Count > 0)
        {
            livelock = FindLivelock(machine, search, options.Limits);
            states.AddHang(livelock);
        }

        bool complete = search.Complete;
        var verdict = new Verdict(
            test.Name, test.Condition.Quantifier, test.Condition.Print(), states.States, states.Positive, states.Negative, search.Elapsed, test.Hash, complete);
        List<Finding> findings = Findings(test, machine, search, verdict, livelock, states.ConditionSchedule, options);
        return new CheckResult
        {
            Test = test,
            Machine = machine,
            Verdict = verdict,
            Search = search,
            HoldsBeyondReference = states.HoldsBeyondReference,
            ReferenceOutcomes = allowed?.Count,
            Expected = expected,
            Findings = findings,
            Asked = machine.Version.Asked,
        };
    }

    /// <summary>The outcomes that the atomic reference allows a program, explored when first asked for; they depend on no kernel.</summary>
    public static Lazy<OutcomeSet?> ReferenceOf(UserProgram program, CheckOptions options) =>
        new(() => AtomicReference.Explore(program, options.ReferenceLimits));

    /// <summary>The machine that a check searches.</summary>
    internal static Machine MachineFor(
        LitmusTest test, UserProgram program, KernelVersion kernel, FilesystemKind filesystem, OutcomeSet? allowed) =>
        new(program, kernel, filesystem, Observed(test)) { Reference = allowed };

    private static Observations Observed(LitmusTest test)
    {
        int marks = test.Observables.OfType<ReachEvent>().Aggregate(0, (bits, reach) => bits | Sites.MarkBit(reach.Mark));
        return new Observations(marks, test.Observables.OfType<FaultCount>().Any());
    }

    private static List<Finding> Findings(
        LitmusTest test,
        Machine machine,
        SearchResult search,
        Verdict verdict,
        Schedule? livelock,
        Schedule? conditionSchedule,
        CheckOptions options)
    {
        var findings = new List<Finding>();
        foreach (Violation violation in search.Violations.OrderBy(v => v.Kind).ThenBy(v => v.Name, StringComparer.Ordinal))
        {
            if (violation.Kind == ViolationKind.LockOrder)
            {
                findings.Add(Inversion(machine, search, violation, options));
                continue;
            }

            Schedule? shortest = !options.Witnesses ? null
                : violation.Kind == ViolationKind.Livelock ? livelock
                : FewestSwitches.Find(machine, (e, _) => e.Raised.Contains(violation), options.WitnessLimits);
            findings.Add(Found(machine, violation, shortest, MetOn(search, violation), options));
        }

        if (verdict.Shown > 0)
        {
            Schedule? shortest = options.Witnesses
                ? FewestSwitches.Find(machine, (e, final) => final && Shows(test, machine, e), options.WitnessLimits)
                : null;
            findings.Add(Found(machine, null, shortest, conditionSchedule, options));
        }

        return findings;
    }

    private static Schedule? MetOn(SearchResult search, Violation violation) =>
        search.Schedules.FirstOrDefault(s => s.Violation == violation)?.Schedule;

    // The shortest schedule, or the one on which it was met.
    private static Finding Found(Machine machine, Violation? violation, Schedule? shortest, Schedule? met, CheckOptions options)
    {
        Schedule? schedule = options.Witnesses ? shortest ?? met : null;
        return new Finding(violation, schedule is null ? null : Replay.Run(machine, schedule)) { IsShortest = shortest is not null };
    }

    private static Finding Inversion(Machine machine, SearchResult search, Violation violation, CheckOptions options)
    {
        LockCycle cycle = LockCycles.Of(machine.Layout, search.LockOrder, violation);
        if (!options.Witnesses)
        {
            return new Finding(violation, null, cycle);
        }

        cycle = LockCycles.WithExamples(machine, cycle, options.WitnessLimits);
        Schedule? shortest = cycle.Edges[0].Example?.Schedule, schedule = shortest ?? MetOn(search, violation);
        return new Finding(violation, schedule is null ? null : Replay.Run(machine, schedule, search.LockOrder), cycle)
        {
            IsShortest = shortest is not null,
        };
    }

    /// <summary>
    /// Does the state, an end, that the execution is attached to show what the condition asks for: that the proposition holds, or, for
    /// <c>forall</c>, that it does not?
    /// </summary>
    internal static bool Shows(LitmusTest test, Machine machine, Execution execution) =>
        test.Condition.IsShownBy(new MachineOutcome(machine, hang: !execution.IsDone && !MachineView.Crashed(machine)));

    private static Schedule? FindLivelock(Machine machine, SearchResult search, SearchLimits limits) =>
        FewestSwitches.Find(machine, (e, _) => search.IsLivelocked(e), limits);
}
