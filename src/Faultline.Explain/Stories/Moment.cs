using Faultline.Engine;
using Faultline.Engine.Witnesses;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Programs;

namespace Faultline.Explain.Stories;

/// <summary>
/// Where in a witness it happened, and the word it is about: for a violation the event that reports it; for an outcome the last
/// marked branch that was taken on the way, and the page that the thread was about to map.
/// </summary>
/// <param name="Step">Index of the step.</param>
/// <param name="Event">Index of the event within it.</param>
/// <param name="Word">The word, or -1.</param>
/// <param name="Text">What happened there.</param>
internal sealed record Moment(int Step, int Event, int Word, string Text)
{
    public static Moment? Find(Tape tape, UserProgram program, Violation? violation) =>
        violation is null or { Kind: ViolationKind.Refinement } ? FindMark(tape, program) : FindViolation(tape, violation.Value);

    /// <summary>The event that reports a violation; null when it is about no single step (a deadlock, an outcome).</summary>
    public static Moment? FindViolation(Tape tape, Violation violation)
    {
        string name = violation.ToString();
        for (int s = 0; s < tape.Steps.Count; s++)
        {
            IReadOnlyList<StepEvent> events = tape.Steps[s].Events;
            for (int e = 0; e < events.Count; e++)
            {
                bool found = events[e].Kind == EventKind.Violation && !Tape.IsOfTheEnd(events[e])
                    && (events[e].Text == name || events[e].Text.StartsWith(name + ": ", StringComparison.Ordinal));
                if (found)
                {
                    return AtCause(tape, new Moment(s, e, events[e].Word, events[e].Text));
                }
            }
        }

        return null;
    }

    /// <summary>The changes of a word up to this moment.</summary>
    public static List<(int Step, int Event)> Changes(Tape tape, int word, int step, int eventIndex)
    {
        var changes = new List<(int, int)>();
        for (int s = 0; s <= step; s++)
        {
            int end = s == step ? Math.Min(eventIndex, tape.Steps[s].Events.Count) : tape.Steps[s].Events.Count;
            for (int e = 0; e < end; e++)
            {
                if (tape.Steps[s].Events[e] is { Kind: EventKind.Write } write && write.Word == word)
                {
                    changes.Add((s, e));
                }
            }
        }

        return changes;
    }

    // An invariant is checked after its step: where it broke is where the step changed the word.
    private static Moment AtCause(Tape tape, Moment reported)
    {
        bool atEndOfStep = tape.Steps[reported.Step].Events.Skip(reported.Event).All(e => e.Kind == EventKind.Violation);
        if (!atEndOfStep || reported.Word < 0)
        {
            return reported;
        }

        (int step, int last) = Changes(tape, reported.Word, reported.Step, reported.Event).LastOrDefault((-1, -1));
        return step == reported.Step ? reported with { Event = last } : reported;
    }

    private static Moment? FindMark(Tape tape, UserProgram program)
    {
        for (int s = tape.Steps.Count - 1; s >= 0; s--)
        {
            for (int e = tape.Steps[s].Events.Count - 1; e >= 0; e--)
            {
                StepEvent note = tape.Steps[s].Events[e];
                if (note.Kind == EventKind.Note && Sites.Marks.Contains(note.Text) && !Sites.OrdinaryMarks.Contains(note.Text))
                {
                    return new Moment(s, e, WordAt(tape, program, s, e), note.Text);
                }
            }
        }

        return null;
    }

    // The PTE that the user instruction under way goes through, or the entry that a system call works on.
    private static int WordAt(Tape tape, UserProgram program, int step, int eventIndex)
    {
        int thread = tape.Steps[step].Move.Thread, pc = tape.InstructionAt(thread, step, eventIndex);
        if (pc >= program.Threads[thread].Code.Count || program.Threads[thread].Code[pc].Page < 0)
        {
            return -1;
        }

        Instruction i = program.Threads[thread].Code[pc];
        return InstructionText.IsOfFile(i.Opcode)
            ? tape.Names.Range($"entry {program.Files[i.Object].Name}") is { } words ? words.Start + i.Page : -1
            : tape.Names.PteOf(i.Object, i.Page);
    }
}
