using Faultline.Engine;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Litmus.Analysis;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Syntax;

namespace Faultline.Explain.Stories;

/// <summary>Makes a story of a finding.</summary>
public static class StoryBuilder
{
    /// <summary>Tells a finding.</summary>
    /// <param name="result">The check that found it.</param>
    /// <param name="finding">The finding.</param>
    /// <param name="whole">
    /// Tell every step. If not, an instruction that no other thread disturbs is told by what it changes, unless it happened there.
    /// </param>
    /// <param name="analysis">Bounds of an analysis, which searches the test again; null: none is made.</param>
    public static Story Build(CheckResult result, Finding finding, bool whole = false, AnalysisLimits? analysis = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(finding);
        FindingAnalysis? analysed = analysis is null ? null : FindingAnalysis.Of(result, finding, analysis);
        return Build(result.Test, result.Machine, finding, whole, analysed is null ? null : (analysed, analysis!));
    }

    /// <summary>Tells a schedule that was kept, without a check.</summary>
    /// <param name="test">The test.</param>
    /// <param name="machine">The machine that the schedule ran on.</param>
    /// <param name="finding">What it shows.</param>
    /// <param name="whole">Tell every step.</param>
    public static Story Build(LitmusTest test, Machine machine, Finding finding, bool whole = false) =>
        Build(test, machine, finding, whole, null);

    private static Story Build(
        LitmusTest test, Machine machine, Finding finding, bool whole, (FindingAnalysis Result, AnalysisLimits Limits)? analysis)
    {
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(finding);
        var names = new WordNames(machine.Layout, machine.Program);
        Tape? tape = finding.Witness is { } witness ? new Tape(machine, witness, names) : null;
        string[] program = LitmusPrinter.Print(test).TrimEnd('\n').Split('\n');
        Moment? moment = tape is null ? null : Moment.Find(tape, machine.Program, finding.Violation);
        return new Story(
            Headline.Of(test, machine, finding, tape, moment),
            finding.Name,
            test.Name,
            machine.Version.Name,
            ModelNames.Of(machine.Filesystem),
            program,
            [.. machine.Program.Threads.Select(t => t.Name)],
            tape is null ? null : OfMachine(machine, finding.Violation, tape, moment, whole) with { IsShortest = finding.IsShortest },
            finding.Cycle is null ? null : CycleTale.Of(finding.Cycle, names, machine.Program),
            tape is null || analysis is not var (result, limits) ? null
                : AnalysisTale.Of(result, tape, finding.Name, limits, good => OfMachine(machine, null, new Tape(machine, good, names), null, whole)),
            ProgramParts.Setup(program),
            ProgramParts.Code(program, machine.Threads));
    }

    /// <summary>Tells a run of a model that is no kernel: no user program, no page table.</summary>
    internal static StoryRun OfModel(Model model, Violation violation, Witness witness)
    {
        var tape = new Tape(model, witness, new WordNames(model.Layout, null));
        var stacks = new StackTales(tape, null, Moment.FindViolation(tape, violation));
        List<StackTrace> told = [.. stacks.AtTheMoment(), .. IsHang(violation) ? stacks.OfHolders() : []];
        IReadOnlyList<TimelineEntry> timeline = TimelineBuilder.Build(
            tape, null, violation, model.Threads, new Dependences(model, tape), null);
        return new StoryRun(
            witness.Steps.Count,
            witness.Switches,
            witness.Preemptions,
            timeline,
            told,
            stacks.AtTheEnd(),
            stacks.History(),
            [],
            [],
            null,
            IsHang(violation) ? WaitTale.Of(tape) : [],
            timeline,
            []);
    }

    private static StoryRun OfMachine(Machine machine, Violation? violation, Tape tape, Moment? moment, bool whole)
    {
        Witness witness = tape.Witness;
        var stacks = new StackTales(tape, machine.Program, moment);
        List<StackTrace> told = stacks.AtTheMoment();
        var keep = told.Where((s, i) => i == 0 || s.Thread != told[0].Thread).Select(s => s.Step - 1).ToHashSet();
        IReadOnlyList<TimelineEntry> timeline = TimelineBuilder.Build(
            tape, machine.Program, violation, machine.Threads, new Dependences(machine, tape), whole ? null : keep);
        List<StoryAct> acts = Acts.Of(tape, machine.Program);
        return new StoryRun(
            witness.Steps.Count,
            witness.Switches,
            witness.Preemptions,
            timeline,
            IsHang(violation) ? [.. told, .. stacks.OfHolders()] : told,
            stacks.AtTheEnd(),
            stacks.History(),
            StateTale.Of(tape, machine.Program),
            tape.LastAlive < witness.Steps.Count ? OutcomeTale.Survived(machine, witness.Schedule)
                : witness.Threads.All(t => t.Waiting is null) ? OutcomeTale.Values(machine, witness.Schedule)
                : [],
            violation?.Kind == ViolationKind.Refinement ? OutcomeTale.Of(machine, witness.Schedule) : null,
            IsHang(violation) ? WaitTale.Of(tape) : [],
            Digest.Of(tape, timeline, acts, stacks.History()?.Word ?? ""),
            acts) { StateAfter = tape.LastAlive };
    }

    private static bool IsHang(Violation? violation) =>
        violation?.Kind is ViolationKind.Deadlock or ViolationKind.LostWakeup or ViolationKind.Livelock;
}
