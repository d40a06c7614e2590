using Faultline.Engine.State;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Search;

/// <summary>
/// Tells a lock-order violation as the circle of classes that it closes. The orders of a circle need not occur in one schedule, so each
/// edge that was seen has a schedule of its own.
/// </summary>
public static class LockCycles
{
    /// <summary>The shortest circle that a violation closes, without examples.</summary>
    /// <param name="layout">The layout of the model.</param>
    /// <param name="order">The order that the search knew (<see cref="SearchResult.LockOrder"/>).</param>
    /// <param name="violation">A violation of it.</param>
    /// <exception cref="ArgumentException">The violation closes no circle of this order.</exception>
    public static LockCycle Of(Layout layout, IReadOnlyList<LockOrderEdge> order, Violation violation)
    {
        ArgumentNullException.ThrowIfNull(layout);
        LockOrderEdge closing = Closing(layout, violation);
        List<LockOrderEdge> known = Path(order, closing.Taken, closing.Held)
            ?? throw new ArgumentException($"{violation} closes no circle", nameof(violation));
        return new LockCycle([.. known.Prepend(closing).Select(e => new LockCycleEdge(
            layout.Classes[e.Held].Name, layout.Classes[e.Taken].Name, e.IsDocumented, e.IsSeen, null))]);
    }

    /// <summary>Finds the shortest run for each edge that was seen.</summary>
    /// <param name="model">The model that was searched.</param>
    /// <param name="cycle">The circle.</param>
    /// <param name="limits">Bounds of the search for each edge.</param>
    public static LockCycle WithExamples(Model model, LockCycle cycle, SearchLimits? limits = null) =>
        Traced(model, cycle, (edge, held, taken) => edge.IsSeen ? FewestSwitches.FindLockOrder(model, held, taken, limits) : null);

    /// <summary>The same circle with its examples run on another model that has the same steps, but may spell functions differently.</summary>
    /// <param name="model">The other model.</param>
    /// <param name="cycle">The circle.</param>
    public static LockCycle On(Model model, LockCycle cycle) => Traced(model, cycle, (edge, _, _) => edge.Example?.Schedule);

    private static LockCycle Traced(Model model, LockCycle cycle, Func<LockCycleEdge, int, int, Schedule?> schedules)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(cycle);
        List<string> classes = [.. model.Layout.Classes.Select(c => c.Name)];
        return new LockCycle([.. cycle.Edges.Select(edge =>
        {
            int held = classes.IndexOf(edge.Held), taken = classes.IndexOf(edge.Taken);
            Schedule? schedule = schedules(edge, held, taken);
            return edge with { Example = schedule is null ? null : LockTrace.Run(model, schedule, held, taken) };
        })]);
    }

    private static LockOrderEdge Closing(Layout layout, Violation violation)
    {
        for (int held = 0; held < layout.Classes.Count; held++)
        {
            for (int taken = 0; taken < layout.Classes.Count; taken++)
            {
                if (layout.InversionOf(held, taken) == violation)
                {
                    return new LockOrderEdge(held, taken, IsDocumented: false, IsSeen: true);
                }
            }
        }

        throw new ArgumentException($"{violation} is no violation of the order of these locks", nameof(violation));
    }

    // Breadth first, in the order of the edges: the shortest path, and always the same one.
    private static List<LockOrderEdge>? Path(IReadOnlyList<LockOrderEdge> order, int from, int to)
    {
        var reachedBy = new Dictionary<int, LockOrderEdge>();
        var open = new Queue<int>([from]);
        while (open.TryDequeue(out int at) && !reachedBy.ContainsKey(to))
        {
            foreach (LockOrderEdge edge in order.Where(e => e.Held == at && e.Taken != from))
            {
                if (reachedBy.TryAdd(edge.Taken, edge))
                {
                    open.Enqueue(edge.Taken);
                }
            }
        }

        var path = new List<LockOrderEdge>();
        for (int at = to; at != from; at = path[^1].Held)
        {
            if (!reachedBy.TryGetValue(at, out LockOrderEdge? edge))
            {
                return null;
            }

            path.Add(edge);
        }

        path.Reverse();
        return path;
    }
}
