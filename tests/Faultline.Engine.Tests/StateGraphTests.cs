using CsCheck;
using Faultline.Engine.Search;

namespace Faultline.Engine.Tests;

/// <summary>States from which no end can be reached, on random graphs, against the plainest way to find them.</summary>
public sealed class StateGraphTests
{
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private static readonly Gen<(uint From, uint To)[][]> Edges =
        Gen.Int[2, 60].SelectMany(n => Gen.Select(Gen.UInt[0, (uint)n - 1], Gen.UInt[0, (uint)n - 1]).Array[0, 2 * n].Array[1, 3]);

    [Fact]
    public void FindsWhatTheDefinitionSays() => Gen.Select(Edges, Gen.UInt[0, 60].Array[0, 3]).Sample(
        (lists, terminals) => Check(lists, terminals),
        iter: 20_000,
        threads: 1);

    /// <summary>A chain longer than what is looked at together, found from its end, from its beginning, and from both in turns.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void FollowsALongChain(int order)
    {
        const uint length = 40_000;
        var edges = Enumerable.Range(0, (int)length).Select(i => ((uint)i, (uint)i + 1)).ToArray();
        edges = order switch
        {
            0 => edges,
            1 => [.. edges.Reverse()],
            _ => [.. edges.Take(edges.Length / 2).Zip(edges.Reverse(), (a, b) => new[] { a, b }).SelectMany(pair => pair)],
        };
        Assert.Empty(Hopeless([edges], [length]));
        Assert.Equal((int)length + 1, Hopeless([edges], []).Count);
    }

    private static void Check((uint From, uint To)[][] lists, uint[] terminals)
    {
        var all = lists.SelectMany(edges => edges).ToList();
        var reached = terminals.ToHashSet();
        while (all.Any(e => reached.Contains(e.To) && reached.Add(e.From)))
        {
        }

        uint last = all.SelectMany(e => new[] { e.From, e.To }).Concat(terminals).Append(0u).Max();
        Assert.Equal(Enumerable.Range(0, (int)last + 1).Select(state => (uint)state).Except(reached), Hopeless(lists, terminals).Order());
    }

    private static HashSet<uint> Hopeless((uint From, uint To)[][] lists, uint[] terminals)
    {
        using var visited = new VisitedSet(numbered: true);
        using var graph = new StateGraph();
        var states = new Dictionary<ulong, uint>();
        uint bound = lists.SelectMany(edges => edges).SelectMany(e => new[] { e.From, e.To }).Concat(terminals).Append(0u).Max();
        for (uint state = 0; state <= bound; state++)
        {
            states.Add((state + 1) * Spread, state);
            Assert.True(visited.Add((state + 1) * Spread, out uint number));
            Assert.Equal(state, number);
        }

        foreach ((uint From, uint To)[] edges in lists)
        {
            EdgeList list = graph.NewEdges();
            foreach ((uint from, uint to) in edges)
            {
                list.Add(from, to);
            }

            foreach (uint terminal in terminals)
            {
                list.AddTerminal(terminal);
            }
        }

        return [.. graph.Hopeless(visited)!.Select(fingerprint => states[fingerprint])];
    }
}
