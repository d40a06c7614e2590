using Faultline.Engine.Search;

namespace Faultline.Engine.Tests;

/// <summary>A transition allocates nothing: a search of ten times the length allocates the same.</summary>
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

    private static (long Transitions, long Bytes, int Depth) Measure(Func<Model> create, bool symmetry = false)
    {
        ExhaustiveSearch.Run(create(), symmetry: symmetry); // frame types are registered once per process
        var runs = Enumerable.Range(0, 3).Select(_ => MeasureOnce(create(), symmetry)).ToList();
        return runs.MinBy(run => run.Bytes); // a collection that another test causes counts for the rest of this thread's buffer, too
    }

    private static (long Transitions, long Bytes, int Depth) MeasureOnce(Model model, bool symmetry)
    {
        _ = model.Shape;
        long before = GC.GetAllocatedBytesForCurrentThread();
        SearchResult result = ExhaustiveSearch.Run(model, symmetry: symmetry);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        return (result.Transitions, bytes, result.MaxDepth);
    }
}
