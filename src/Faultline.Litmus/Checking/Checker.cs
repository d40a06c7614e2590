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
    /// <summary>No bounds, with witnesses.</summary>
    public static CheckOptions Default { get; } = new(SearchLimits.None);
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
        SearchResult search = ExhaustiveSearch.Run(machine, states, options.Limits, findLivelocks: true, options.CheckDeterminism);
        Schedule? livelock = null;
        if (search.Livelocked?.Count > 0)
        {
            livelock = FindLivelock(machine, search, options.Limits);
            states.AddHang(livelock);
        }

        bool complete = search.Complete;
        var verdict = new Verdict(
            test.Name, test.Condition.Quantifier, test.Condition.Print(), states.States, states.Positive, states.Negative, search.Elapsed, test.Hash, complete);
        List<Finding> findings = Findings(test, machine, search, verdict, livelock, options);
        return new CheckResult
        {
            Test = test,
            Machine = machine,
            Verdict = verdict,
            Search = search,
            ReferenceOutcomes = allowed?.Count,
            Expected = expected,
            Findings = findings,
            Asked = machine.Version.Asked,
        };
    }

    /// <summary>The outcomes that the atomic reference allows a program, explored when first asked for; they depend on no kernel.</summary>
    public static Lazy<OutcomeSet?> ReferenceOf(UserProgram program, CheckOptions options) =>
        new(() => AtomicReference.Explore(program, options.Limits));

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
        LitmusTest test, Machine machine, SearchResult search, Verdict verdict, Schedule? livelock, CheckOptions options)
    {
        var findings = new List<Finding>();
        foreach (Violation violation in search.Violations.OrderBy(v => v.Kind))
        {
            if (violation.Kind == ViolationKind.LockOrder)
            {
                findings.Add(Inversion(machine, search, violation, options));
                continue;
            }

            Schedule? schedule = !options.Witnesses ? null
                : violation.Kind == ViolationKind.Livelock ? livelock
                : FewestSwitches.Find(machine, (e, _) => e.Raised.Contains(violation), options.Limits);
            findings.Add(new Finding(violation, schedule is null ? null : Replay.Run(machine, schedule)));
        }

        if (verdict.Positive > 0)
        {
            Schedule? schedule = options.Witnesses
                ? FewestSwitches.Find(machine, (e, final) => final && Holds(test, machine, e), options.Limits)
                : null;
            findings.Add(new Finding(null, schedule is null ? null : Replay.Run(machine, schedule)));
        }

        return findings;
    }

    private static Finding Inversion(Machine machine, SearchResult search, Violation violation, CheckOptions options)
    {
        LockCycle cycle = LockCycles.Of(machine.Layout, search.LockOrder, violation);
        if (!options.Witnesses)
        {
            return new Finding(violation, null, cycle);
        }

        cycle = LockCycles.WithExamples(machine, cycle, options.Limits);
        Schedule? schedule = cycle.Edges[0].Example?.Schedule;
        return new Finding(violation, schedule is null ? null : Replay.Run(machine, schedule, search.LockOrder), cycle);
    }

    /// <summary>Does the proposition hold in the state, an end, that the execution is attached to?</summary>
    internal static bool Holds(LitmusTest test, Machine machine, Execution execution) =>
        Condition.Evaluate(test.Condition, new MachineOutcome(machine, hang: !execution.IsDone && !MachineView.Crashed(machine)));

    private static Schedule? FindLivelock(Machine machine, SearchResult search, SearchLimits limits) =>
        FewestSwitches.Find(machine, (e, _) => search.Livelocked!.Contains(e.StateFingerprint), limits);

    // Collects the distinct states of the condition's observables over all ends.
    private sealed class StateCollector(LitmusTest test, Machine machine, Action<SearchProgress>? progress) : ISearchObserver
    {
        private readonly Dictionary<string, (long Count, bool Satisfied)> states = [];
        private readonly IReadOnlyList<Observable> observables = test.Observables;

        public long Positive { get; private set; }

        public long Negative { get; private set; }

        public IReadOnlyList<OutcomeState> States =>
            [.. states.Select(s => new OutcomeState(s.Key, s.Value.Count, s.Value.Satisfied))];

        public void EndState(Execution execution, bool stuck) => Add(stuck && !MachineView.Crashed(machine));

        public void Progress(SearchProgress where) => progress?.Invoke(where);

        // A livelock has no end state: its first state stands for it.
        public void AddHang(Schedule? schedule)
        {
            if (schedule is not null)
            {
                Replay.Visit(machine, schedule, _ => Add(hang: true));
            }
        }

        private void Add(bool hang)
        {
            var outcome = new MachineOutcome(machine, hang);
            bool satisfied = Condition.Evaluate(test.Condition, outcome);
            Positive += satisfied ? 1 : 0;
            Negative += satisfied ? 0 : 1;
            string line = StateLine.Print(observables, outcome);
            long before = states.TryGetValue(line, out (long Count, bool Satisfied) known) ? known.Count : 0;
            states[line] = (before + 1, satisfied);
        }
    }
}
