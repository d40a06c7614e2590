using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.State;
using Faultline.Engine.Witnesses;
using Faultline.Explain.Stories;
using Mutex = Faultline.Engine.Sync.Mutex;

namespace Faultline.Explain.Tests;

/// <summary>Locks in a circle, a thread for each: it takes its own lock, then the next one.</summary>
internal sealed class Ring : Model
{
    public Ring(params string[] locks)
    {
        Threads = locks.Length;
        foreach (string name in locks)
        {
            Layout.AddLock(name, name);
        }
    }

    public override Layout Layout { get; } = new();

    public override int Threads { get; }

    /// <summary>The circle that a search finds, told.</summary>
    public CycleStory Tell() => CycleTale.Of(Find().Cycle, new WordNames(Layout, null), null);

    /// <summary>The violation that closes the circle, the circle, and the run of the edge that closes it.</summary>
    public (Violation Violation, LockCycle Cycle, Witness Witness) Find()
    {
        SearchResult search = ExhaustiveSearch.Run(this);
        Violation violation = search.Violations.Single(v => v.Kind == ViolationKind.LockOrder);
        LockCycle cycle = LockCycles.WithExamples(this, LockCycles.Of(Layout, search.LockOrder, violation));
        return (violation, cycle, Replay.Run(this, cycle.Edges[0].Example!.Schedule, search.LockOrder));
    }

    public override void Initialise(Execution execution)
    {
    }

    public override Call Start(int thread) => thread == 0 ? TakeFirst() : TakeOwnAndNext(thread);

    private static async Call TakeFirst()
    {
        await new Mutex(0).Lock();
        await TakeSecond(1);
        new Mutex(0).Unlock();
    }

    private static async Call TakeOwnAndNext(int own)
    {
        await new Mutex(own).Lock();
        await TakeSecond((own + 1) % Execution.Current.Model.Threads);
        new Mutex(own).Unlock();
    }

    private static async Call TakeSecond(int second)
    {
        await new Mutex(second).Lock();
        new Mutex(second).Unlock();
    }
}
