namespace Faultline.Engine.Tests;

/// <summary>
/// State and transition counts of the two families that exist as Promela too. The numbers are Spin 6.5.2's without reduction, by
/// <c>spin -DN=.. -DK=.. -DP=.. -a FILE &amp;&amp; gcc -O3 -DSAFETY -DNOREDUCE -o pan pan.c &amp;&amp; ./pan -m100000</c> on
/// bench/peers/fault-truncate.pml and entry-hand-over.pml (Spin's transitions are one more: it counts the initial state);
/// <c>bench -- spin counts</c> runs both sides and compares them.
/// </summary>
public sealed class FamiliesTests
{
    [Theory]
    [InlineData(1, 1, 1, 91, 150)]
    [InlineData(2, 1, 1, 363, 784)]
    [InlineData(2, 2, 2, 14_462, 38_849)]
    [InlineData(3, 2, 2, 100_815, 330_005)]
    public void FaultTruncateHasSpinsStates(int faulting, int rounds, int pages, long states, long transitions)
    {
        var result = Searching.All(new FaultTruncate(faulting, rounds, pages));
        Assert.Equal((states, transitions), (result.States, result.Transitions));
        Assert.Empty(result.Violations);
    }

    [Theory]
    [InlineData(1, 1, 1, 6, 5)]
    [InlineData(2, 1, 1, 41, 56)]
    [InlineData(3, 2, 2, 2_983, 6_860)]
    [InlineData(4, 2, 3, 41_195, 127_501)]
    public void EntryHandOverHasSpinsStates(int threads, int rounds, int entries, long states, long transitions)
    {
        var result = Searching.All(new EntryHandOver(threads, rounds, entries));
        Assert.Equal((states, transitions), (result.States, result.Transitions));
        Assert.Empty(result.Violations);
    }

    /// <summary>What both sides check can fail; with -DCARELESS Spin finds an error too.</summary>
    [Fact]
    public void TheCarelessVariantsGoWrong()
    {
        Assert.Equal(
            [FaultTruncate.FlushedNothing, FaultTruncate.WritableButNotDirty],
            Searching.Violations(new FaultTruncate(1, 1, 1, careless: true)));
        Assert.Equal(["deadlock"], Searching.Violations(new EntryHandOver(2, 1, 1, careless: true)));
    }

    /// <summary>Threads on entries of their own take turns in every way there is: the states are a product.</summary>
    [Fact]
    public void ThreadsOnEntriesOfTheirOwnAreIndependent()
    {
        long alone = Searching.All(new EntryHandOver(1, 1, 1)).States;
        Assert.Equal(alone * alone * alone, Searching.All(new EntryHandOver(3, 1, 3)).States);
    }
}
