using Faultline.Engine.Coroutines;
using Faultline.Engine.State;

namespace Faultline.Engine.Sync;

/// <summary>
/// A wait queue for one key: first in, first out, all waiters exclusive. A woken waiter is off the queue before it runs.
/// </summary>
/// <param name="Index">Index of the queue's word.</param>
public readonly record struct WaitQueue(int Index)
{
    /// <summary>Queues the running thread; it goes to sleep with <see cref="Sleep"/>, after dropping its locks.</summary>
    public EnqueueStep PrepareToWaitExclusive() => new(Index);

    /// <summary>Queues the running thread within a step already made visible (a condition was checked in it).</summary>
    public void EnqueueNow() => Execution.Current.Enqueue(Index);

    /// <summary>Wakes all waiters within a step already made visible (the condition they wait for came true in it).</summary>
    public void WakeAllNow() => Execution.Current.Wake(Index, all: true);

    /// <summary>Sleeps until woken. What was woken before is not missed.</summary>
    public SleepStep Sleep() => new(Index);

    /// <summary>Wakes the longest waiter, if there is one.</summary>
    public WakeStep WakeOne() => new(Index, 0);

    /// <summary>Wakes all waiters.</summary>
    public WakeStep WakeAll() => new(Index, 1);

    /// <summary>True when a thread waits (for checks between steps).</summary>
    public bool HasWaiters => Execution.Current.Read(Index) != 0;
}

/// <summary>Queueing up.</summary>
public readonly struct EnqueueStep(int queue) : IStep
{
    /// <summary>Lets it be awaited.</summary>
    public EnqueueStep GetAwaiter() => this;

    /// <summary>True when no scheduling point is needed.</summary>
    public bool IsCompleted => Execution.Current.TryInline(StepKind.Enqueue, queue);

    /// <summary>Queues the thread.</summary>
    public void GetResult() => Execution.Current.Enqueue(queue);
}

/// <summary>Sleeping on a queue.</summary>
public readonly struct SleepStep(int queue) : IStep
{
    /// <summary>Lets it be awaited.</summary>
    public SleepStep GetAwaiter() => this;

    /// <summary>Never at once: another thread must run.</summary>
    public bool IsCompleted
    {
        get
        {
            Execution.Current.CheckMaySleep(queue);
            Execution.Current.Suspend(StepKind.Sleep, queue);
            return false;
        }
    }

    /// <summary>The waker took the thread off the queue.</summary>
    public void GetResult() => _ = Execution.Current.Read(queue); // a step that depends on the waker's
}

/// <summary>Waking waiters.</summary>
public readonly struct WakeStep(int queue, int all) : IStep
{
    /// <summary>Lets it be awaited.</summary>
    public WakeStep GetAwaiter() => this;

    /// <summary>True when no scheduling point is needed.</summary>
    public bool IsCompleted => Execution.Current.TryInline(StepKind.Wake, queue);

    /// <summary>Wakes.</summary>
    public void GetResult() => Execution.Current.Wake(queue, all != 0);
}
