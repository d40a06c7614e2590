using Faultline.Kernel.User;
using Faultline.Engine.State;
using Faultline.Engine.Witnesses;
using Faultline.Explain.Stories;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Programs;

namespace Faultline.Explain.Html;

/// <summary>What each thread is at, after each step: its instruction, its call stack, what it does next, its registers.</summary>
internal sealed class CpuChips
{
    private readonly UserProgram program;
    private readonly Tape tape;
    private readonly IReadOnlyList<LockSpan> locks;
    private readonly int alive;

    private CpuChips(UserProgram program, Tape tape, IReadOnlyList<LockSpan> locks)
    {
        this.program = program;
        this.tape = tape;
        this.locks = locks;
        alive = tape.LastAlive;
    }

    public static List<ChipGroup> Of(UserProgram program, Tape tape, IReadOnlyList<LockSpan> locks)
    {
        var chips = new CpuChips(program, tape, locks);
        return [.. program.Threads.Select((thread, t) => new ChipGroup(thread.Name, chips.OfThread(t)))];
    }

    private List<Chip> OfThread(int thread)
    {
        int[] next = NextSteps(thread), pc = Instructions(thread);
        List<Chip> chips =
        [
            Make(ChipKind.Words, "at", s => AtOf(thread, s, pc)),
            Make(ChipKind.Stack, "stack", s => string.Join('\n', StackOfViolation(thread, s - 1) ?? Stack(thread, next[s]))),
            Make(ChipKind.Words, "next", s => Next(thread, next[s], s)),
        ];
        int register = tape.Names.Range("register")?.Start ?? -1;
        register += program.Threads.Take(thread).Sum(t => t.Registers.Count);
        chips.AddRange(program.Threads[thread].Registers.Select((name, r) =>
            Make(ChipKind.Words, name, s => $"{tape.WordsAfter(Math.Min(s, alive))[register + r]}")));
        if (tape.Names.Range("signal") is { } signals)
        {
            Chip signal = Make(ChipKind.Words, "signal", s => Signal(tape.WordsAfter(Math.Min(s, alive))[signals.Start + thread]));
            chips.AddRange(signal.IsAlways("none") ? [] : [signal]);
        }

        return chips;
    }

    private static string Signal(int bits) => bits switch
    {
        0 => "none",
        Outcome.Sigbus => "SIGBUS",
        _ => (bits & Outcome.Sigbus) != 0 ? "SIGBUS, SIGSEGV" : "SIGSEGV",
    };

    // For each state the index of the thread's next step in the schedule, or -1.
    private int[] NextSteps(int thread)
    {
        int[] next = new int[tape.Steps.Count + 1];
        next[^1] = -1;
        for (int s = tape.Steps.Count - 1; s >= 0; s--)
        {
            next[s] = tape.Steps[s].Move.Thread == thread ? s : next[s + 1];
        }

        return next;
    }

    private int[] Instructions(int thread)
    {
        int[] done = new int[tape.Steps.Count + 1];
        for (int s = 0; s < tape.Steps.Count; s++)
        {
            WitnessStep step = tape.Steps[s];
            done[s + 1] = done[s] + (step.Move.Thread == thread ? step.Events.Count(e => e.Kind == EventKind.Return && e.Depth == 1) : 0);
        }

        return done;
    }

    // Innermost first, as in a splat.
    private IEnumerable<string> Stack(int thread, int step) =>
        (step < 0 ? tape.Witness.Threads[thread].Stack : tape.Steps[step].Stack).Reverse().Where(f => !Scaffolding.Contains(f));

    private string AtOf(int thread, int state, int[] pc)
    {
        int instruction = WrongAt(thread, state - 1) is var wrong and >= 0 ? tape.InstructionAt(thread, state - 1, wrong) : pc[state];
        return instruction < program.Threads[thread].Code.Count ? InstructionText.Of(program, thread, instruction) : "done";
    }

    // Of a step in which something goes wrong: where it does.
    private IEnumerable<string>? StackOfViolation(int thread, int step) => WrongAt(thread, step) is var wrong and >= 0
        ? tape.StackAt(step, wrong).AsEnumerable().Reverse().Where(f => !Scaffolding.Contains(f))
        : null;

    // The event of the thread's step that says what is wrong, or the change that broke an invariant; -1: none.
    private int WrongAt(int thread, int step)
    {
        if (step < 0 || tape.Steps[step].Move.Thread != thread)
        {
            return -1;
        }

        List<StepEvent> events = [.. tape.Steps[step].Events];
        int wrong = events.FindIndex(e => e.Kind == EventKind.Violation && !Tape.IsOfTheEnd(e));
        if (wrong < 0 || events.Skip(wrong).Any(e => e.Kind != EventKind.Violation))
        {
            return wrong;
        }

        int cause = events.FindLastIndex(wrong, e => e.Kind == EventKind.Write && e.Word == events[wrong].Word);
        return cause < 0 ? wrong : cause;
    }

    private string Next(int thread, int step, int state)
    {
        if (state > alive)
        {
            return "nothing: the power is off";
        }

        if (step >= 0)
        {
            WitnessStep taken = tape.Steps[step];
            return StepText.Of(taken.Kind, taken.Word, tape.Names) + Wait(thread, taken.Kind, tape.Names.Find(taken.Word), state);
        }

        ThreadAtEnd end = tape.Witness.Threads[thread];
        if (end.Waiting is null)
        {
            return "nothing: done";
        }

        (StepKind kind, string word) = StepText.Split(end.Waiting);
        return StepText.OfWaiting(end.Waiting, tape.Names) + Wait(thread, kind, tape.Names.Find(word), state);
    }

    // Whom it has to wait for.
    private string Wait(int thread, StepKind kind, int word, int state)
    {
        if (kind is not (StepKind.Lock or StepKind.DownRead or StepKind.DownWrite))
        {
            return "";
        }

        List<string> others =
        [
            .. locks.Where(l => l.Word == word && l.IsHeldAfter(state) && (kind != StepKind.DownRead || !l.Shared))
                .Select(l => l.Thread == thread ? "itself" : $"P{l.Thread}").Distinct(),
        ];
        return others.Count == 0 ? "" : $" (waits for {string.Join(", ", others)})";
    }

    private Chip Make(ChipKind kind, string label, Func<int, string> at) =>
        new(kind, label, [.. Enumerable.Range(0, tape.Steps.Count + 1).Select(s => new ChipValue(at(s)))]);
}
