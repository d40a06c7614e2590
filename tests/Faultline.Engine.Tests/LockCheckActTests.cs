namespace Faultline.Engine.Tests;

/// <summary>State counts of lock / check / drop / act: Spin's, a brute force's, and what guarded words save.</summary>
public sealed class LockCheckActTests
{
    /// <summary>Spin 6.5.2 counts these without reduction.</summary>
    [Theory]
    [InlineData(2, 1, 4_796)]
    [InlineData(3, 1, 68_996)]
    [InlineData(2, 2, 30_071)]
    [InlineData(3, 2, 704_323)]
    public void StatementForStatementTheStatesAreSpins(int faulting, int rounds, long states) =>
        Assert.Equal(states, Searching.All(new LockCheckAct(faulting, rounds)).States);

    /// <summary>With guarded words a critical section is one step; a brute force over sections counts the same.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(2, 5)]
    public void GuardedTheStatesAreThoseOfABruteForce(int faulting, int rounds)
    {
        var initial = (Pte: 0, Block: 0, Threads: new string('0', 2 * (faulting + 1)));
        var (states, transitions) = BruteForce.Reach(initial, s => Sections(s, rounds));
        var ends = states.Where(s => !Sections(s, rounds).Any());
        var observer = new EndStates(1, 2);
        var result = Searching.All(new LockCheckActGuarded(faulting, rounds), observer);
        Assert.Equal((states.Count, transitions), (result.States, result.Transitions));
        Assert.Equal(ends.Select(s => $"{s.Pte},{s.Block}").Distinct().Order(StringComparer.Ordinal), observer.Done);
        Assert.Equal(
            states.Any(s => s.Pte == 2 && s.Block == 0) ? ["mapped block without a block"] : [],
            result.Violations.Select(v => v.Name));
    }

    /// <summary>What the reduction is worth here.</summary>
    [Fact]
    public void GuardedThereAreFarFewerStatesAndTheSameEnds()
    {
        var (each, guarded) = (new EndStates(0, 1), new EndStates(1, 2));
        long all = Searching.All(new LockCheckAct(3, 2), each).States;
        long few = Searching.All(new LockCheckActGuarded(3, 2), guarded).States;
        Assert.Equal(each.Done, guarded.Done);
        Assert.InRange(few, 1, all / 50);
    }

    // A thread is two digits: rounds done, and where it is in the round (faulting: 0 look, 1 and 2 the same with the PFN looked up).
    private static IEnumerable<(int Pte, int Block, string Threads)> Sections((int Pte, int Block, string Threads) s, int rounds)
    {
        int threads = s.Threads.Length / 2;
        for (int t = 0; t < threads; t++)
        {
            int done = s.Threads[2 * t] - '0', at = s.Threads[(2 * t) + 1] - '0';
            if (done == rounds)
            {
                continue;
            }

            yield return (t == threads - 1, at) switch
            {
                (true, 0) => (s.Pte, 0, With(t, done, 1)),
                (true, _) => (0, s.Block, With(t, done + 1, 0)),
                (false, 0) => (s.Pte, s.Block, With(t, done, s.Block == 0 ? 1 : 2)),
                (false, 1) => (s.Pte, 1, With(t, done, 2)),
                (false, _) => (s.Pte == 0 ? 2 : s.Pte, s.Block, With(t, done + 1, 0)),
            };
        }

        string With(int thread, int done, int at) =>
            string.Concat(s.Threads.AsSpan(0, 2 * thread), $"{done}{at}", s.Threads.AsSpan((2 * thread) + 2));
    }
}
