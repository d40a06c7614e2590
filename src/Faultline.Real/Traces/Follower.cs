using Faultline.Kernel.Traces;

namespace Faultline.Real.Traces;

/// <summary>How far a unit's history is a path of the model.</summary>
/// <param name="Refused">Index of the first event that is none; -1: all are.</param>
/// <param name="Allowed">What the model could have fired instead, from the same task.</param>
/// <param name="Hidden">Changes that no event shows and without which the history is no path, before which event.</param>
/// <param name="GaveUp">The search was cut short: nothing is said of this unit.</param>
public sealed record Followed(int Refused, IReadOnlyList<TraceEvent> Allowed, IReadOnlyList<(int Before, string What)> Hidden, bool GaveUp);

/// <summary>
/// Follows a unit's history through the model: keeps every state that is consistent with the events so far. Between two events any task
/// may go any number of steps that fire nothing; where no state can fire the next event, changes that no event shows are tried as well.
/// </summary>
internal sealed class Follower(UnitMachine machine, IReadOnlyCollection<UnitState> anyState, Func<TraceEventKind, bool> recorded, int maxStates)
{
    private const int MaxHidden = 3;
    private const int MaxHiddenBefore = 2;
    private const int FarBack = 16;

    private readonly HashSet<TraceEvent> allowed = [];
    private readonly List<Dictionary<ulong, Node>> levels = [];
    private int states;
    private bool gaveUp;

    /// <summary>Follows.</summary>
    public Followed Follow(Unit unit)
    {
        levels.Add(Everything());
        for (int i = 0; i < unit.Events.Count; i++)
        {
            if (unit.Gaps.Contains(i))
            {
                levels[i] = Everything();
            }

            allowed.Clear();
            Dictionary<ulong, Node> next = Advance(unit, i, levels[i], 0, MaxHidden);
            TraceEvent[] instead = [.. allowed];
            if (next.Count == 0 && !gaveUp)
            {
                next = LookBack(unit, i);
            }

            if (gaveUp || next.Count == 0)
            {
                return new Followed(gaveUp ? -1 : i, instead, [], gaveUp);
            }

            levels.Add(next);
        }

        Node best = levels[^1].Values.MinBy(n => n.Cost)!;
        return new Followed(-1, [], best.History(), false);
    }

    /// <summary>Nothing explains this event any more: was there a hidden change earlier, where none was needed yet?</summary>
    private Dictionary<ulong, Node> LookBack(Unit unit, int at)
    {
        for (int hidden = 1; hidden <= MaxHiddenBefore; hidden++)
        {
            int limit = hidden == 1 ? at : Math.Min(at, FarBack);
            for (int back = 1; back <= limit && !gaveUp && !unit.Gaps.Contains(at - back + 1); back++)
            {
                var path = new List<Dictionary<ulong, Node>>();
                Dictionary<ulong, Node> level = levels[at - back];
                for (int i = at - back; i <= at && level.Count > 0 && !gaveUp; i++)
                {
                    level = Advance(unit, i, level, i == at - back ? hidden : 0, i == at - back ? hidden : hidden - 1);
                    path.Add(level);
                }

                if (level.Count > 0)
                {
                    for (int i = 0; i < path.Count - 1; i++)
                    {
                        levels[at - back + 1 + i] = path[i];
                    }

                    return level;
                }
            }
        }

        return [];
    }

    private Dictionary<ulong, Node> Everything() => anyState.ToDictionary(s => s.Hash, s => new Node(s, 0, null, 0, null));

    private Dictionary<ulong, Node> Advance(Unit unit, int at, Dictionary<ulong, Node> level, int fewest, int most)
    {
        var next = new Dictionary<ulong, Node>();
        Dictionary<ulong, Node> here = [];
        IReadOnlyCollection<Node> fresh = level.Values;
        for (int hidden = 0; !gaveUp; hidden++)
        {
            List<Node> reached = Close(unit, at, fresh, here, next);
            if ((next.Count > 0 && hidden >= fewest) || hidden >= most)
            {
                break;
            }

            fresh = HiddenSteps(at, reached, here);
        }

        return next;
    }

    /// <summary>All that the tasks can do without firing the next event, cheapest first, and the states in which it has been fired.</summary>
    /// <returns>The states that were not reached before.</returns>
    private List<Node> Close(Unit unit, int at, IReadOnlyCollection<Node> from, Dictionary<ulong, Node> here, Dictionary<ulong, Node> next)
    {
        var reached = new List<Node>();
        foreach (IGrouping<int, Node> group in from.GroupBy(n => n.Cost).OrderBy(g => g.Key))
        {
            var work = new Stack<Node>();
            foreach (Node node in group)
            {
                Reach(node, here, work);
            }

            while (!gaveUp && work.TryPop(out Node? node))
            {
                reached.Add(node);
                for (int slot = 0; slot < machine.Slots; slot++)
                {
                    foreach (int choice in Choices(unit, at, node.State, slot))
                    {
                        Move(unit, at, node, slot, choice, here, next, work);
                    }
                }

                gaveUp = ++states > maxStates;
            }
        }

        return reached;
    }

    private static void Reach(Node node, Dictionary<ulong, Node> here, Stack<Node> work)
    {
        if (here.TryAdd(node.State.Hash, node))
        {
            work.Push(node);
        }
    }

    private IEnumerable<int> Choices(Unit unit, int at, UnitState state, int slot)
    {
        int i = at;
        while (i < unit.Events.Count && unit.Events[i].Slot != slot)
        {
            i++;
        }

        TraceEvent? next = i < unit.Events.Count ? unit.Events[i].Event : null;
        if (!machine.IsIdle(state, slot))
        {
            return machine.Choices(state, slot, next?.Kind == TraceEventKind.PageFaultUser);
        }

        // The trap and page_fault_user are one moment; the events of a fault come long after the trap.
        bool early = next?.Kind == TraceEventKind.PageFaultUser && i > at;
        return next is null || early ? [] : machine.Beginnings(next.Value);
    }

    private void Move(
        Unit unit, int at, Node node, int slot, int choice, Dictionary<ulong, Node> here, Dictionary<ulong, Node> next, Stack<Node> work)
    {
        if (machine.Step(node.State, slot, choice, out long seen) is not { } after)
        {
            return;
        }

        if (seen == 0 || !Shows(TraceEvent.Unpack(seen)))
        {
            Reach(node with { State = after }, here, work);
            return;
        }

        var e = TraceEvent.Unpack(seen);
        if (unit.Events[at].Slot != slot)
        {
            return; // too early
        }

        if (Matching.Matches(unit.Events[at], e))
        {
            if (!next.TryGetValue(after.Hash, out Node? known) || known.Cost > node.Cost)
            {
                next[after.Hash] = node with { State = after };
            }
        }
        else
        {
            allowed.Add(e);
        }
    }

    private List<Node> HiddenSteps(int at, List<Node> from, Dictionary<ulong, Node> here)
    {
        var fresh = new Dictionary<ulong, Node>();
        foreach (Node node in from.OrderBy(n => n.Cost))
        {
            for (int entry = 0; entry < machine.MenuCount; entry++)
            {
                if (machine.Hidden(node.State, entry, Shows) is { } after && !here.ContainsKey(after.Hash))
                {
                    fresh.TryAdd(after.Hash, new Node(after, node.Cost + 1, node, at, machine.Describe(entry)));
                }
            }

            gaveUp = ++states > maxStates;
            if (gaveUp)
            {
                break;
            }
        }

        return [.. fresh.Values];
    }

    // What happens to the rest of the huge page is only seen where it concerns the huge page as a whole.
    private bool Shows(TraceEvent e) => recorded(e.Kind) && (e.Page == 0 || IsPmd(e.Kind) || IsRange(e.Kind));

    private static bool IsRange(TraceEventKind kind) => kind is TraceEventKind.WritebackRange or TraceEventKind.WritebackRangeDone;

    private static bool IsPmd(TraceEventKind kind) => kind is >= TraceEventKind.PmdFault and <= TraceEventKind.PmdInsertMapping;

    private sealed record Node(UnitState State, int Cost, Node? Before, int At, string? What)
    {
        public List<(int Before, string What)> History()
        {
            var all = new List<(int, string)>();
            for (Node? n = this; n is not null; n = n.Before)
            {
                if (n.What is not null)
                {
                    all.Add((n.At, n.What));
                }
            }

            all.Reverse();
            return all;
        }
    }
}
