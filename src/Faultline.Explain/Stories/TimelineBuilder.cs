using Faultline.Engine;
using Faultline.Engine.Witnesses;
using Faultline.Kernel.Programs;

namespace Faultline.Explain.Stories;

/// <summary>
/// Puts what the threads do in order of time. A function is named when something is told in it, or when its thread loses the CPU in
/// it; one that does nothing but call the next shares its line.
/// </summary>
internal sealed class TimelineBuilder
{
    private readonly Tape tape;
    private readonly Instructions instructions;
    private readonly Dependences dependences;
    private readonly List<ToldStep> told = [];
    private readonly List<TimelineEntry> entries = [];

    private TimelineBuilder(Tape tape, Instructions instructions, Dependences dependences)
    {
        this.tape = tape;
        this.instructions = instructions;
        this.dependences = dependences;
    }

    /// <summary>Tells a witness.</summary>
    /// <param name="tape">The witness.</param>
    /// <param name="program">The user program, if the model runs one.</param>
    /// <param name="violation">What it is a witness of; nothing is told after it.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="dependences">Who depends on its changes.</param>
    /// <param name="keep">Steps, by index, whose instructions are told in full; null: all of them.</param>
    public static IReadOnlyList<TimelineEntry> Build(
        Tape tape, UserProgram? program, Violation? violation, int threads, Dependences dependences, IReadOnlySet<int>? keep)
    {
        var all = Enumerable.Range(0, tape.Steps.Count).ToHashSet();
        var builder = new TimelineBuilder(tape, new Instructions(tape, program is null ? all : keep ?? all), dependences);
        bool hangs = violation?.Kind is ViolationKind.Deadlock or ViolationKind.LostWakeup or ViolationKind.Livelock;
        var scribes = Enumerable.Range(0, threads).Select(t => new Scribe(tape, program, t, hangs)).ToList();
        for (int step = 0; step < tape.Steps.Count; step++)
        {
            builder.told.Add(scribes[tape.Steps[step].Move.Thread].Tell(step));
        }

        builder.CutAfterTheEnd(violation);
        builder.DropRepeatedViolations();
        builder.Show();
        for (int step = 0; step < tape.Steps.Count; step++)
        {
            builder.Write(step);
        }

        builder.WriteEnd(violation);
        return builder.entries;
    }

    private void CutAfterTheEnd(Violation? violation)
    {
        if (violation is null || told.Count == 0)
        {
            return;
        }

        ToldStep last = told[^1];
        int at = last.Items.FindLastIndex(i => i.Kind == CellKind.Violation);
        if (at >= 0)
        {
            told[^1] = new ToldStep(last.Items[..(at + 1)], last.Items[at].Node);
        }
    }

    // An invariant that is broken stays broken: once is enough.
    private void DropRepeatedViolations()
    {
        var seen = new HashSet<string>();
        foreach (ToldStep step in told)
        {
            step.Items.RemoveAll(i => i.Kind == CellKind.Violation && !seen.Add(i.Text));
        }
    }

    private void WriteEnd(Violation? violation)
    {
        foreach (StepEvent e in tape.Steps.SelectMany(s => s.Events).Where(Tape.IsOfTheEnd))
        {
            bool hangs = violation?.Kind is ViolationKind.Deadlock or ViolationKind.LostWakeup;
            entries.Add(new TimelineEnd(tape.Steps[^1].Number, hangs ? $"{e.Text}: {WaitTale.Sentence(tape)}" : e.Text));
        }
    }

    private bool EndsRun(int step) => step + 1 == tape.Steps.Count || tape.Steps[step + 1].Move.Thread != tape.Steps[step].Move.Thread;

    private void Show()
    {
        for (int step = 0; step < told.Count; step++)
        {
            if (instructions.IsFolded(step))
            {
                continue;
            }

            foreach (Item item in told[step].Items)
            {
                item.Node?.Show();
                if (item.Node?.Named is { } named)
                {
                    named.Items++;
                }
            }

            if (EndsRun(step))
            {
                told[step].Last?.Show();
            }
        }
    }

    private void Write(int step)
    {
        int number = tape.Steps[step].Number, thread = tape.Steps[step].Move.Thread;
        if (instructions.IsFolded(step))
        {
            WriteFolded(step, thread);
            return;
        }

        foreach (Item item in told[step].Items)
        {
            WriteCalls(item.Node, number, thread);
            int indent = item.Node?.Named is { } named ? named.Indent + 1 : 0;
            entries.Add(Cell(item, step, number, thread, indent));
        }

        if (!EndsRun(step))
        {
            return;
        }

        WriteCalls(told[step].Last, number, thread);
        if (step + 1 < tape.Steps.Count)
        {
            entries.Add(Switch(step));
        }
    }

    private TimelineCell Cell(Item item, int step, int number, int thread, int indent) => new(
        number,
        thread,
        indent,
        item.Kind,
        item.Text,
        item.Node?.Named?.Function ?? "",
        tape.Names[item.Word],
        item.Kind == CellKind.Change ? dependences.Of(step, item.Word) : null);

    // One instruction in few lines: the accesses, and each word from its first value to its last.
    private void WriteFolded(int step, int thread)
    {
        if (instructions.IsLast(step))
        {
            int first = instructions.FirstOf(step);
            foreach (TimelineCell cell in FoldedInstruction.Cells(tape, dependences, told, thread, first, step))
            {
                entries.Add(cell);
            }

            if (EndsRun(step) && step + 1 < tape.Steps.Count)
            {
                entries.Add(Switch(step));
            }
        }
    }

    private void WriteCalls(CallNode? innermost, int number, int thread)
    {
        var path = new Stack<CallNode>();
        for (CallNode? node = innermost?.Named; node is { IsWritten: false }; node = node.NamedParent)
        {
            path.Push(node);
        }

        while (path.TryPop(out CallNode? first))
        {
            CallNode last = first;
            string text = first.Text;
            first.IsWritten = true;
            first.Indent = first.NamedParent is { } parent ? parent.Indent + 1 : first.Label.Length > 0 ? 0 : 1;
            while (last.Items == 0 && last.VisibleChildren.Count == 1 && path.TryPeek(out CallNode? next) && next == last.VisibleChildren[0])
            {
                last = path.Pop();
                last.IsWritten = true;
                last.Indent = first.Indent;
                text += $" > {last.Text}";
            }

            entries.Add(new TimelineCell(number, thread, first.Indent, CellKind.Call, text) { Until = first.LastStep + 1 });
        }
    }

    private TimelineSwitch Switch(int step)
    {
        int from = tape.Steps[step].Move.Thread;
        WitnessStep next = tape.Steps[step + 1];
        bool done = tape.Steps[step].Events.Any(e => e.Kind == EventKind.Return && e.Depth == 0);
        SwitchReason why = done ? SwitchReason.Done : next.Preemption ? SwitchReason.Preempted : SwitchReason.Blocked;
        string where = done ? "" : told[step].Last?.Named?.Function ?? "";
        return new TimelineSwitch(
            next.Number, from, next.Move.Thread, why, where, done ? "" : tape.NextOf(from, step), tape.HeldAt(from, step, int.MaxValue));
    }
}
