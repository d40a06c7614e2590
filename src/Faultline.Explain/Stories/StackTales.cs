using Faultline.Engine.Witnesses;
using Faultline.Kernel.Programs;
using Faultline.Kernel.User;
using Faultline.Litmus.Analysis;

namespace Faultline.Explain.Stories;

/// <summary>The call stacks of a story.</summary>
internal sealed class StackTales(Tape tape, UserProgram? program, Moment? moment)
{
    /// <summary>Where it happened, and who last changed the word it is about.</summary>
    public List<StackTrace> AtTheMoment()
    {
        if (moment is null)
        {
            return [];
        }

        var stacks = new List<StackTrace>();
        int thread = ThreadOf(moment.Step);
        StepEvent there = tape.Steps[moment.Step].Events[moment.Event];
        stacks.Add(there.Kind == EventKind.Write
            ? At(moment.Step, moment.Event, $"P{thread} at step {Number(moment.Step)}", $"{tape.Names[there.Word]}: {there.Before} -> {there.After}")
            : At(moment.Step, moment.Event, $"P{thread} at step {Number(moment.Step)}", Remark(there)));

        if (LastChange() is var (step, index) && step >= 0)
        {
            StepEvent change = tape.Steps[step].Events[index];
            string again = there.Kind == EventKind.Write ? "changed before" : "last changed";
            stacks.Add(At(
                step,
                index,
                $"{tape.Names[moment.Word]} was {again} at step {Number(step)} by P{ThreadOf(step)} in:",
                $"{change.Before} -> {change.After}") with { ShortTitle = $"{tape.Names[moment.Word]} {again}: P{ThreadOf(step)} at step {Number(step)}" });
        }

        return stacks;
    }

    /// <summary>For a run that hangs: who took what is waited for, or last touched it.</summary>
    public List<StackTrace> OfHolders()
    {
        var stacks = new List<StackTrace>();
        var told = new HashSet<int>();
        foreach (ThreadAtEnd waiter in tape.Witness.Threads.Where(t => t.Blocked))
        {
            int waited = tape.Names.Find(StepText.Split(waiter.Waiting!).Word);
            int entry = tape.Names.EntryOf(waited);
            int word = entry < 0 ? waited : entry;
            EventKind kind = entry < 0 ? EventKind.Acquire : EventKind.Write;
            (int step, int index) = told.Add(word) ? Last(kind, word) : (-1, -1);
            if (step >= 0)
            {
                StepEvent e = tape.Steps[step].Events[index];
                string what = kind == EventKind.Write ? "last changed" : "taken";
                stacks.Add(At(
                    step,
                    index,
                    $"{tape.Names[word]} was {what} at step {Number(step)} by P{ThreadOf(step)} in:",
                    kind == EventKind.Write ? $"{e.Before} -> {e.After}" : ""));
            }
        }

        return stacks;
    }

    private (int Step, int Event) Last(EventKind kind, int word)
    {
        for (int s = tape.Steps.Count - 1; s >= 0; s--)
        {
            for (int e = tape.Steps[s].Events.Count - 1; e >= 0; e--)
            {
                if (tape.Steps[s].Events[e].Kind == kind && tape.Steps[s].Events[e].Word == word)
                {
                    return (s, e);
                }
            }
        }

        return (-1, -1);
    }

    /// <summary>Where the threads stand at the end; the one that it happened in is left out.</summary>
    public List<StackTrace> AtTheEnd()
    {
        var stacks = new List<StackTrace>();
        int last = tape.Steps.Count - 1;
        int acting = moment is not null && moment.Step == last ? ThreadOf(last) : -1;
        foreach (ThreadAtEnd thread in tape.Witness.Threads)
        {
            if (thread.Thread == acting)
            {
                continue;
            }

            string next = thread.Waiting is null ? "done" : (thread.Blocked ? "" : "about to ") + StepText.OfWaiting(thread.Waiting, tape.Names);
            List<string> functions = Named(thread.Stack);
            stacks.Add(new StackTrace(
                thread.Blocked ? $"P{thread.Thread} blocks" : $"P{thread.Thread} meanwhile",
                thread.Thread,
                last < 0 ? 0 : Number(last),
                functions,
                Instruction(thread.Thread, last, int.MaxValue),
                tape.HeldAt(thread.Thread, last, int.MaxValue),
                next,
                Files(tape, functions)));
        }

        return stacks;
    }

    /// <summary>The changes of the word it is about.</summary>
    public WordHistory? History()
    {
        if (moment is not { Word: >= 0 })
        {
            return null;
        }

        var changes = Moment.Changes(tape, moment.Word, moment.Step, moment.Event + 1).Select(c =>
        {
            StepEvent e = tape.Steps[c.Step].Events[c.Event];
            return new WordChange(Number(c.Step), ThreadOf(c.Step), Spoken(e.Function), e.Before, e.After);
        });
        return new WordHistory(tape.Names[moment.Word], [.. changes]);
    }

    private static string Spoken(string function) => Scaffolding.Contains(function) ? "the CPU" : function;

    private string Remark(StepEvent there)
    {
        if (there.Kind == EventKind.Note)
        {
            return $"reached {there.Text}";
        }

        if (there.Word >= 0 && there.Text.StartsWith("race(", StringComparison.Ordinal))
        {
            return $"touches {tape.Names[there.Word]} without {tape.Names.GuardOf(there.Word)}";
        }

        int colon = there.Text.IndexOf(": ", StringComparison.Ordinal);
        return there.Kind == EventKind.Violation && colon >= 0 ? there.Text[(colon + 2)..] : there.Text;
    }

    private (int Step, int Event) LastChange() => moment!.Word < 0
        ? (-1, -1)
        : Moment.Changes(tape, moment.Word, moment.Step, moment.Event).LastOrDefault((-1, -1));

    private static IReadOnlyList<string>? Files(Tape tape, IReadOnlyList<string> functions) =>
        tape.Version is { } version ? [.. functions.Select(f => FunctionSources.FileOf(f, version))] : null;

    private StackTrace At(int step, int eventIndex, string title, string remark)
    {
        int thread = ThreadOf(step);
        List<string> functions = Named(tape.StackAt(step, eventIndex));
        return new StackTrace(
            title,
            thread,
            Number(step),
            functions,
            Instruction(thread, step, eventIndex),
            tape.HeldAt(thread, step, eventIndex),
            remark,
            Files(tape, functions));
    }

    // Innermost first, without the model's scaffolding.
    private List<string> Named(IReadOnlyList<string> outermostFirst) =>
        [.. outermostFirst.Reverse().Where(f => program is null || !Scaffolding.Contains(f))];

    private string Instruction(int thread, int step, int eventIndex) =>
        program is null ? "" : InstructionText.Of(program, thread, tape.InstructionAt(thread, step, eventIndex));

    private int ThreadOf(int step) => tape.Steps[step].Move.Thread;

    private int Number(int step) => tape.Steps[step].Number;
}
