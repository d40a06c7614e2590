using Faultline.Engine.State;
using Faultline.Engine.Witnesses;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Programs;
using Faultline.Kernel.User;

namespace Faultline.Explain.Stories;

/// <summary>Writes down what one thread's steps do: which functions it is in, and what of each step is worth a line.</summary>
internal sealed class Scribe
{
    private readonly Tape tape;
    private readonly UserProgram? program;
    private readonly int thread;
    private readonly bool tellIdleWakes;
    private readonly HashSet<int> toldLocks = [];
    private CallNode? current;
    private int depth;
    private int pc;
    private bool started;

    public Scribe(Tape tape, UserProgram? program, int thread, bool tellIdleWakes)
    {
        this.tape = tape;
        this.program = program;
        this.thread = thread;
        this.tellIdleWakes = tellIdleWakes;
    }

    private WordNames Names => tape.Names;

    /// <summary>Tells a step, by its index.</summary>
    public ToldStep Tell(int step)
    {
        WitnessStep taken = tape.Steps[step];
        if (!started)
        {
            started = true;
            foreach (string function in taken.Stack)
            {
                Enter(function, step);
            }

            OutermostNamed()?.Locks.AddRange(tape.HeldAtFirst(thread).Select(word => Names[word]));
        }

        var items = new List<Item>();
        TellStart(step, items);
        for (int e = 0; e < taken.Events.Count; e++)
        {
            TellEvent(step, e, items);
        }

        return new ToldStep(Compress(items), current);
    }

    private CallNode? OutermostNamed()
    {
        CallNode? outermost = current?.Named;
        while (outermost?.NamedParent is { } caller)
        {
            outermost = caller;
        }

        return outermost;
    }

    private void TellStart(int step, List<Item> items)
    {
        WitnessStep taken = tape.Steps[step];
        int word = Names.Find(taken.Word);
        switch (taken.Kind)
        {
            case StepKind.Access when Names.RoleOf(word) == WordRole.Pte && current?.Function == "access":
                TellAccess(step, word, items);
                break;
            case StepKind.Read when word >= 0:
                bool lockless = Names.IsLockless(word);
                string value = Names.Print(word, tape.WordsAfter(step)[word]);
                string text = lockless ? $"reads {Names[word]}, lockless: {value}" : $"reads {Names[word]}: {value}";
                Add(items, lockless ? CellKind.Lockless : CellKind.Read, text, word);
                break;
            case StepKind.Write when word >= 0 && !taken.Events.Any(e => e.Kind == EventKind.Write && e.Word == word):
                Add(items, CellKind.Note, $"writes {Names[word]} as it was: {Names.Print(word, tape.WordsAfter(step)[word])}");
                break;
            case StepKind.Sleep:
                Add(items, CellKind.Wait, "wakes up");
                break;
            case StepKind.Wake when tellIdleWakes && tape.WordsAfter(step)[word] == tape.WordsAfter(step + 1)[word]:
                Add(items, CellKind.Wait, $"wakes nobody: no {Names[word]}");
                break;
            default:
                break;
        }
    }

    private void TellAccess(int step, int pte, List<Item> items)
    {
        var access = new AccessTale(tape, program!, thread, step, pte, Instruction);
        if (access.Text.Length > 0)
        {
            Add(items, CellKind.User, access.Text);
        }
    }

    private void TellEvent(int step, int index, List<Item> items)
    {
        IReadOnlyList<StepEvent> events = tape.Steps[step].Events;
        StepEvent e = events[index];
        switch (e.Kind)
        {
            case EventKind.Call:
                Enter(e.Text, step);
                break;
            case EventKind.Return:
                Leave(step);
                break;
            case EventKind.Write when Names.RoleOf(e.Word) != WordRole.Tlb:
                Add(items, CellKind.Change, $"{Names[e.Word]}: {e.Before} -> {e.After}", e.Word);
                break;
            case EventKind.Acquire when !IsToldByItsEntry(events, e.Word):
                TellAcquire(step, e, items);
                break;
            case EventKind.Release when toldLocks.Remove(e.Word):
                Add(items, CellKind.Unlock, $"unlock {Names[e.Word]}", e.Word);
                break;
            case EventKind.Note:
                TellNote(events, index, items);
                break;
            case EventKind.Violation:
                TellViolation(events, index, items);
                break;
            default:
                break;
        }
    }

    // The lock bit of an entry is seen in the entry's own change.
    private bool IsToldByItsEntry(IReadOnlyList<StepEvent> events, int lockWord) =>
        Names.EntryOf(lockWord) is var entry and >= 0 && events.Any(e => e.Kind == EventKind.Write && e.Word == entry);

    private void TellAcquire(int step, StepEvent e, List<Item> items)
    {
        string name = Names[e.Word] + (Tape.IsRead(e) ? "(r)" : "");
        bool onEntry = Tape.IsRead(e) && Names.IsNeverWritten(e.Word)
            && current is { HasContent: false, IsHidden: false } && current.Step == step;
        if (onEntry)
        {
            current!.Locks.Add(Names[e.Word]);
            return;
        }

        toldLocks.Add(e.Word);
        Add(items, CellKind.Lock, $"lock {name}", e.Word);
    }

    // What is checked after a step is told where the step changed the word; what is checked at the end belongs to no thread.
    private void TellViolation(IReadOnlyList<StepEvent> events, int index, List<Item> items)
    {
        StepEvent e = events[index];
        if (Tape.IsOfTheEnd(e))
        {
            return;
        }

        bool afterStep = events.Skip(index).All(later => later.Kind == EventKind.Violation);
        int change = afterStep ? items.FindLastIndex(i => i.Kind == CellKind.Change && i.Word == e.Word) : -1;
        CallNode? node = change < 0 ? current : items[change].Node;
        items.Insert(change < 0 ? items.Count : change + 1, new Item(node, CellKind.Violation, e.Text, e.Word));
    }

    private void TellNote(IReadOnlyList<StepEvent> events, int index, List<Item> items)
    {
        string text = events[index].Text;
        if (text.StartsWith("SIGBUS", StringComparison.Ordinal))
        {
            Add(items, CellKind.User, $"{Instruction}: SIGBUS");
        }
        else if (text.StartsWith("prepare_to_wait_exclusive(", StringComparison.Ordinal))
        {
            int queue = Names.Find(text[(text.IndexOf('(') + 1)..^1]);
            int entry = Names.EntryOf(queue);
            Add(items, CellKind.Wait, entry < 0 ? text : $"{Names[entry]} is locked: queues up to sleep");
        }
        else if (text == "flush TLBs")
        {
            items.Add(new Item(current?.Parent, CellKind.Note, current?.Function ?? text));
        }
        else if (text.StartsWith("wake ", StringComparison.Ordinal))
        {
            Add(items, CellKind.Wait, text == "wake all" ? "wakes all waiters" : $"wakes {text[5..]}");
        }
        else if (Sites.Marks.Contains(text))
        {
            bool warns = index + 1 < events.Count && events[index + 1].Kind is EventKind.Violation or EventKind.Note;
            if (!warns)
            {
                Add(items, CellKind.Note, $"({text})");
            }
        }
        else if (events[index].Function != "user_access")
        {
            Add(items, CellKind.Note, text);
        }
    }

    private string Instruction => program is null ? "" : InstructionText.Of(program, thread, pc);

    private void Enter(string function, int step)
    {
        bool hidden = program is not null && Scaffolding.Contains(function);
        string label = depth == 1 && !hidden ? Instruction : "";
        if (current is not null)
        {
            current.HasContent = true;
        }

        current = new CallNode(function, current, step, hidden, label);
        depth++;
    }

    private void Leave(int step)
    {
        if (current is { } left)
        {
            left.LastStep = step;
            current = left.Parent;
        }

        depth--;
        if (depth == 1)
        {
            pc++;
        }
    }

    private void Add(List<Item> items, CellKind kind, string text, int word = -1)
    {
        items.Add(new Item(current, kind, text, word));
        if (current is not null)
        {
            current.HasContent = true;
        }
    }

    // A lock that is taken and dropped with nothing in between that is worth a line takes one line.
    private static List<Item> Compress(List<Item> items)
    {
        var result = new List<Item>();
        foreach (Item item in items)
        {
            if (item.Kind == CellKind.Unlock && result.Count > 0 && result[^1] is { Kind: CellKind.Lock } taken && taken.Word == item.Word)
            {
                result[^1] = taken with { Text = taken.Text.Replace("lock ", "lock, unlock ", StringComparison.Ordinal) };
            }
            else
            {
                result.Add(item);
            }
        }

        return result;
    }
}
