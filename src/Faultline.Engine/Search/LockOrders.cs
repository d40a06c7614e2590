using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>
/// The order of lock classes that a search saw, and where it contradicts itself. Which edge of a circle is called the violation does not
/// depend on the order in which the search met them: documented edges come first, then those in the order of the layout, outer lock before
/// inner one, then the others; an edge that closes a circle with those before it is a violation, and is left out.
/// </summary>
/// <param name="Edges">The order, without the edges that close a circle.</param>
/// <param name="Inversions">Those edges, as violations.</param>
internal sealed record LockOrders(IReadOnlyList<LockOrderEdge> Edges, IReadOnlyList<Violation> Inversions)
{
    /// <summary>Puts the edges together that several workers saw.</summary>
    public static LockOrders Of(Layout layout, IEnumerable<LockOrderEdge> seen)
    {
        var all = seen.GroupBy(e => (e.Held, e.Taken)).Select(same => same.First() with { IsSeen = same.Any(e => e.IsSeen) });
        var edges = new List<LockOrderEdge>();
        var inversions = new List<Violation>();
        foreach (LockOrderEdge edge in all.OrderBy(e => (e.IsDocumented ? 0 : e.Held < e.Taken ? 1 : 2, e.Held, e.Taken)))
        {
            if (!edge.IsDocumented && Reaches(edges, edge.Taken, edge.Held))
            {
                inversions.Add(layout.InversionOf(edge.Held, edge.Taken));
            }
            else
            {
                edges.Add(edge);
            }
        }

        return new LockOrders([.. edges.OrderBy(e => (e.Held, e.Taken))], inversions);
    }

    private static bool Reaches(List<LockOrderEdge> edges, int from, int to)
    {
        var reached = new HashSet<int> { from };
        var work = new Stack<int>(reached);
        while (work.TryPop(out int at))
        {
            foreach (LockOrderEdge edge in edges.Where(e => e.Held == at && reached.Add(e.Taken)))
            {
                work.Push(edge.Taken);
            }
        }

        return reached.Contains(to);
    }
}
