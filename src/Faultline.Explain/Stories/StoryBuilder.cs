using Faultline.Engine;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
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
    public static Story Build(CheckResult result, Finding finding, bool whole = false)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(finding);
        Machine machine = result.Machine;
        var names = new WordNames(machine.Layout, machine.Program);
        Tape? tape = finding.Witness is { } witness ? new Tape(machine, witness, names) : null;
        Moment? moment = tape is null ? null : Moment.Find(tape, machine.Program, finding.Violation);
        return new Story(
            Headline.Of(result, finding, tape, moment),
            finding.Name,
            result.Test.Name,
            machine.Version.Name,
            Headline.Filesystem(result),
            LitmusPrinter.Print(result.Test).TrimEnd('\n').Split('\n'),
            [.. machine.Program.Threads.Select(t => t.Name)],
            tape is null ? null : OfMachine(machine, finding.Violation, tape, moment, whole) with { IsShortest = finding.IsShortest },
            finding.Cycle is null ? null : CycleTale.Of(finding.Cycle, names, machine.Program));
    }

    /// <summary>Tells a run of a model that is no kernel: no user program, no page table.</summary>
    internal static StoryRun OfModel(Model model, Violation violation, Witness witness)
    {
        var tape = new Tape(model, witness, new WordNames(model.Layout, null));
        var stacks = new StackTales(tape, null, Moment.FindViolation(tape, violation));
        List<StackTrace> told = [.. stacks.AtTheMoment(), .. IsHang(violation) ? stacks.OfHolders() : []];
        return new StoryRun(
            witness.Steps.Count,
            witness.Switches,
            witness.Preemptions,
            TimelineBuilder.Build(tape, null, violation, model.Threads, null),
            told,
            stacks.AtTheEnd(),
            stacks.History(),
            [],
            [],
            null,
            IsHang(violation) ? WaitTale.Of(tape) : []);
    }

    private static StoryRun OfMachine(Machine machine, Violation? violation, Tape tape, Moment? moment, bool whole)
    {
        Witness witness = tape.Witness;
        var stacks = new StackTales(tape, machine.Program, moment);
        List<StackTrace> told = stacks.AtTheMoment();
        var keep = told.Where((s, i) => i == 0 || s.Thread != told[0].Thread).Select(s => s.Step - 1).ToHashSet();
        return new StoryRun(
            witness.Steps.Count,
            witness.Switches,
            witness.Preemptions,
            TimelineBuilder.Build(tape, machine.Program, violation, machine.Threads, whole ? null : keep),
            IsHang(violation) ? [.. told, .. stacks.OfHolders()] : told,
            stacks.AtTheEnd(),
            stacks.History(),
            StateTale.Of(tape, machine.Program),
            witness.Threads.All(t => t.Waiting is null) ? OutcomeTale.Values(machine, witness.Schedule) : [],
            violation?.Kind == ViolationKind.Refinement ? OutcomeTale.Of(machine, witness.Schedule) : null,
            IsHang(violation) ? WaitTale.Of(tape) : []);
    }

    private static bool IsHang(Violation? violation) =>
        violation?.Kind is ViolationKind.Deadlock or ViolationKind.LostWakeup or ViolationKind.Livelock;
}
