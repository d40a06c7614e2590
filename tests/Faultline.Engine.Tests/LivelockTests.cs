using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine.Tests;

/// <summary>States from which no end can be reached, although threads can go on.</summary>
public sealed class LivelockTests
{
    private static readonly Word<int> Left = new(0);
    private static readonly Word<int> Right = new(1);

    /// <summary>Each waits for the other's flag, for ever, from the start.</summary>
    [Fact]
    public void TwoThreadsThatWaitForEachOtherAreFound()
    {
        SearchResult result = Searching.All(new Loops(WaitForRight, WaitForLeft), findLivelocks: true);
        Assert.Equal(["livelock"], result.Violations.Select(v => v.ToString()));
        Assert.Equal(result.States, result.Livelocked!.Count);
        Assert.Equal(0, result.EndStates);
    }

    /// <summary>
    /// Each says that it wants, and yields for ever while the other wants: some schedules end, one corner of the graph does not.
    /// </summary>
    [Fact]
    public void OnlyTheStatesWithoutAWayOutAreListed()
    {
        SearchResult result = Searching.All(new Loops(WantLeft, WantRight), findLivelocks: true);
        Assert.Contains(result.Violations, v => v.Kind == ViolationKind.Livelock);
        Assert.Equal(1, result.EndStates);
        Assert.Single(result.Livelocked!); // both want; looking changes nothing
    }

    [Fact]
    public void ASpinLoopThatAnotherThreadEndsIsNone()
    {
        SearchResult result = Searching.All(new Loops(WaitForRight, SetRight), findLivelocks: true);
        Assert.Empty(result.Violations);
        Assert.Empty(result.Livelocked!);
        Assert.Equal(1, result.EndStates);
    }

    /// <summary>A deadlock is an end, if not a good one: it is reported as what it is.</summary>
    [Fact]
    public void ADeadlockIsNoLivelock()
    {
        SearchResult result = Searching.All(new Loops(LockTwice, SetRight), findLivelocks: true);
        Assert.Equal(["deadlock"], result.Violations.Select(v => v.ToString()));
        Assert.Empty(result.Livelocked!);
    }

    [Fact]
    public void WithoutTheGraphNothingIsClaimed()
    {
        SearchResult result = Searching.All(new Loops(WaitForRight, WaitForLeft));
        Assert.Null(result.Livelocked);
        Assert.Empty(result.Violations);
    }

    /// <summary>The numbered set and the graph do not change what is searched.</summary>
    [Fact]
    public void TheGraphChangesNoCounts()
    {
        SearchResult without = Searching.All(new ThreeCounters(3, 3));
        SearchResult with = Searching.All(new ThreeCounters(3, 3), findLivelocks: true);
        Assert.Equal((without.States, without.Transitions), (with.States, with.Transitions));
        Assert.Empty(with.Livelocked!);
    }

    private static async Call WaitForRight()
    {
        while (await Right.ReadOnce() == 0)
        {
        }
    }

    private static async Call WaitForLeft()
    {
        while (await Left.ReadOnce() == 0)
        {
        }
    }

    private static async Call SetRight() => await Right.Write(1);

    private static async Call WantLeft()
    {
        await Left.Write(1);
        while (await Right.ReadOnce() != 0)
        {
        }

        await Left.Write(0);
    }

    private static async Call WantRight()
    {
        await Right.Write(1);
        while (await Left.ReadOnce() != 0)
        {
        }

        await Right.Write(0);
    }

    private static async Call LockTwice()
    {
        await new Mutex(2).Lock();
        await new Mutex(2).Lock();
    }

    private sealed class Loops : SmallModel
    {
        private readonly Func<Call>[] bodies;

        public Loops(params Func<Call>[] bodies)
            : base(bodies.Length)
        {
            this.bodies = bodies;
            Layout.Add("left", 1, WordKind.Visible);
            Layout.Add("right", 1, WordKind.Visible);
            Layout.AddLock("lock", "lock");
        }

        public override Call Start(int thread) => bodies[thread]();
    }
}
