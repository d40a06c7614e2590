using Faultline.Engine.Search;

namespace Faultline.Engine.Tests;

/// <summary>Run alone: what another test allocates makes collections that count for this one.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationCollection;

/// <summary>A transition allocates nothing: a search of ten times the length allocates the same.</summary>
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    [Fact]
    public void TenTimesTheTransitionsAllocateTheSame()
    {
        var (few, fewBytes, _) = Measure(() => new ThreeCounters(3, 4));
        var (many, manyBytes, _) = Measure(() => new ThreeCounters(3, 8));
        Assert.InRange(many, 10 * few, long.MaxValue);
        Assert.InRange(manyBytes - fewBytes, 0, 1024); // lists that grow by doubling
    }

    /// <summary>Nor does it when frames are pushed, locks taken and queues woken; a deeper path has a longer array of cursors.</summary>
    [Fact]
    public void LocksAndQueuesAllocateNothing()
    {
        var (few, fewBytes, _) = Measure(() => new LockCheckAct(2, 1));
        var (many, manyBytes, depth) = Measure(() => new LockCheckAct(2, 3));
        Assert.InRange(many, 10 * few, long.MaxValue);
        Assert.InRange(manyBytes - fewBytes, 0, 64 * depth);
    }

    /// <summary>Nor when threads change places; an end that stands for several visits each of them.</summary>
    [Fact]
    public void ThreadsThatChangePlacesAllocateNothing()
    {
        var (few, fewBytes, _) = Measure(() => new ThreeCounters(3, 4), symmetry: true);
        var (many, manyBytes, _) = Measure(() => new ThreeCounters(3, 8), symmetry: true);
        Assert.InRange(many, 8 * few, long.MaxValue);
        Assert.InRange(manyBytes - fewBytes, 0, 8 * 1024);
    }

    /// <summary>Nor do schedules that are drawn.</summary>
    [Fact]
    public void TenTimesTheSchedulesAllocateTheSame()
    {
        foreach (Func<long, ISearchStrategy> of in new Func<long, ISearchStrategy>[]
            { count => new RandomWalk(1, count), count => new PriorityChanges(3, 1, count) })
        {
            Drawn(of(1_000)); // frame types are registered once per process
            Assert.Equal(Drawn(of(1_000)), Drawn(of(10_000)));
        }

        static long Drawn(ISearchStrategy strategy)
        {
            var model = new ThreeCounters(3, 4);
            _ = model.Shape;
            long bytes = Allocated(() => strategy.Run(model, null, SearchLimits.None), out SearchResult result);
            Assert.Empty(result.Violations);
            return bytes - (result.StoppedBy!.Length * 2 & ~7); // its text is longer
        }
    }

    private static (long Transitions, long Bytes, int Depth) Measure(Func<Model> create, bool symmetry = false)
    {
        ExhaustiveSearch.Run(create(), symmetry: symmetry); // frame types are registered once per process
        Model model = create();
        _ = model.Shape;
        long bytes = Allocated(() => ExhaustiveSearch.Run(model, symmetry: symmetry), out SearchResult result);
        return (result.Transitions, bytes, result.MaxDepth);
    }

    /// <summary>Bytes this thread allocates. A collection would count the rest of its buffer as allocated, so there is none.</summary>
    private static long Allocated(Func<SearchResult> search, out SearchResult result)
    {
        Assert.True(GC.TryStartNoGCRegion(128 << 20));
        try
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            result = search();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        finally
        {
            GC.EndNoGCRegion(); // throws if there was a collection all the same
        }
    }
}
