using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine.Tests;

/// <summary>Wait queues: first in, first out; what one wake reaches; no wake is missed between queueing up and sleeping.</summary>
public sealed class WaitQueueTests
{
    private static readonly WaitQueue Queue = new(0);

    /// <summary>The waiters queue up in their order of arrival, and are woken one by one: they run in that order, always.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void WaitersAreWokenInTheOrderTheyCame(int waiters)
    {
        string inOrder = string.Join(',', Enumerable.Range(1, waiters));
        var model = new InTurn(waiters);
        Assert.Equal([inOrder], Searching.Outcomes(model, [.. Enumerable.Range(InTurn.Places, waiters)]));
    }

    [Fact]
    public void WakingOneLosesTheSecondWaiter()
    {
        Assert.Equal(["deadlock"], Searching.Violations(new Waking(waiters: 2, wakes: 1, all: false)));
        var witness = Searching.WitnessOf(new Waking(waiters: 2, wakes: 1, all: false), ViolationKind.Deadlock);
        Assert.Single(witness.Threads, t => t is { Waiting: "Sleep queue", Blocked: true });
    }

    [Fact]
    public void WakingOneForEachWaiterIsEnough() =>
        Assert.Empty(Searching.Violations(new Waking(waiters: 2, wakes: 2, all: false)));

    [Fact]
    public void WakingAllReachesEveryWaiter()
    {
        Assert.Empty(Searching.Violations(new Waking(waiters: 2, wakes: 1, all: true)));
        Assert.Empty(Searching.Violations(new Waking(waiters: 7, wakes: 1, all: true)));
    }

    /// <summary>A model can say what a state without a next step means.</summary>
    [Fact]
    public void AModelNamesWhatItIsStuckOn() =>
        Assert.Equal(["entry"], Searching.Violations(new Waking(waiters: 2, wakes: 1, all: false) { StuckOn = "entry" }));

    /// <summary>Whatever comes between queueing up and sleeping, the wake counts; a wake before queueing up does not.</summary>
    [Fact]
    public void AWakeBeforeSleepingIsNotMissed()
    {
        Assert.Empty(Searching.Violations(new CheckThenSleep(queueFirst: true)));
        Assert.Equal(["deadlock"], Searching.Violations(new CheckThenSleep(queueFirst: false)));
    }

    /// <summary>The run in which the wake falls exactly between the two is among those searched.</summary>
    [Fact]
    public void TheWakeDoesComeBetween()
    {
        var result = Searching.All(new CheckThenSleep(queueFirst: true) { RecordEarlyWake = true });
        Assert.Contains(result.Violations, v => v.Name == "woken before sleeping");
    }

    [Fact]
    public void QueueingUpTwiceIsRefused() => Assert.Throws<ModelException>(() => Searching.All(new QueuesTwice()));

    /// <summary>P0 wakes the others one by one; each waiter queues up when it is its turn, and notes the order it ran in.</summary>
    private sealed class InTurn : SmallModel
    {
        public const int Places = 4;
        private static readonly Word<int> Arrived = new(1);
        private static readonly Word<int> Ran = new(2);
        private static readonly Mutex Lock = new(3);
        private readonly int waiters;

        public InTurn(int waiters)
            : base(waiters + 1)
        {
            this.waiters = waiters;
            Layout.Add("queue", 1, WordKind.Synchronisation);
            Layout.Add("arrived", 1, WordKind.Visible);
            Layout.Add("ran", 1, WordKind.Visible);
            Layout.AddLock("lock", "lock");
            Layout.Add("place", waiters, WordKind.Private);
        }

        public override Call Start(int thread) => thread == 0 ? Waker(waiters) : Waiter(thread);

        private static async Call Waiter(int thread)
        {
            await Queue.PrepareToWaitExclusive();
            int turn = Arrived.Raw++; // in the same step
            await Queue.Sleep();
            await new AccessStep(Ran.Index);
            new Word<int>(Places + turn).Raw = ++Ran.Raw;
        }

        private static async Call Waker(int waiters)
        {
            while (await Arrived.ReadOnce() < waiters)
            {
            }

            for (int i = 0; i < waiters; i++)
            {
                await Queue.WakeOne();
                while (await Ran.ReadOnce() <= i)
                {
                }
            }
        }
    }

    /// <summary>The waker starts when all waiters are queued.</summary>
    private sealed class Waking : SmallModel
    {
        private static readonly Word<int> Arrived = new(1);
        private readonly int waiters;
        private readonly int wakes;
        private readonly bool all;

        public Waking(int waiters, int wakes, bool all)
            : base(waiters + 1)
        {
            this.waiters = waiters;
            this.wakes = wakes;
            this.all = all;
            Layout.Add("queue", 1, WordKind.Synchronisation);
            Layout.Add("arrived", 1, WordKind.Visible);
        }

        public string? StuckOn { get; init; }

        public override Call Start(int thread) => thread == waiters ? Waker(waiters, wakes, all) : Waiter();

        public override Violation Stuck(Execution execution) =>
            StuckOn is null ? base.Stuck(execution) : new Violation(ViolationKind.LostWakeup, StuckOn);

        private static async Call Waiter()
        {
            await Queue.PrepareToWaitExclusive();
            Arrived.Raw++;
            await Queue.Sleep();
        }

        private static async Call Waker(int waiters, int wakes, bool all)
        {
            while (await Arrived.ReadOnce() < waiters)
            {
            }

            for (int i = 0; i < wakes; i++)
            {
                if (all)
                {
                    await Queue.WakeAll();
                }
                else
                {
                    await Queue.WakeOne();
                }
            }
        }
    }

    /// <summary>P0 sleeps unless a flag is set; P1 sets it and wakes. Right only when P0 queues up before it looks.</summary>
    private sealed class CheckThenSleep : SmallModel
    {
        private const int Sleeper = 0;
        private static readonly Word<int> Flag = new(1);
        private static readonly Word<int> Slept = new(2);
        private readonly bool queueFirst;

        public CheckThenSleep(bool queueFirst)
            : base(2)
        {
            this.queueFirst = queueFirst;
            Layout.Add("queue", 1, WordKind.Synchronisation);
            Layout.Add("flag", 1, WordKind.Visible);
            Layout.Add("at sleep", 1, WordKind.Private);
        }

        public bool RecordEarlyWake { get; init; }

        public override Call Start(int thread) => thread == Sleeper ? Wait(queueFirst) : Wake();

        public override void CheckState(Execution execution)
        {
            if (RecordEarlyWake && Slept.Raw == 1 && !Queue.HasWaiters)
            {
                execution.Raise(ViolationKind.Invariant, "woken before sleeping");
            }
        }

        private static async Call Wait(bool queueFirst)
        {
            if (queueFirst)
            {
                await Queue.PrepareToWaitExclusive();
            }

            if (await Flag.ReadOnce() == 0)
            {
                if (!queueFirst)
                {
                    await Queue.PrepareToWaitExclusive();
                }

                await new AccessStep(Slept.Index); // a place between queueing up and sleeping
                Slept.Raw = 1;
                await new AccessStep(Slept.Index);
                Slept.Raw = 2;
                await Queue.Sleep();
            }
        }

        private static async Call Wake()
        {
            await Flag.Write(1);
            await Queue.WakeAll();
        }
    }

    private sealed class QueuesTwice : SmallModel
    {
        public QueuesTwice()
            : base(1) => Layout.Add("queue", 1, WordKind.Synchronisation);

        public override Call Start(int thread) => Body();

        private static async Call Body()
        {
            await Queue.PrepareToWaitExclusive();
            await Queue.PrepareToWaitExclusive();
            await Queue.Sleep();
        }
    }
}
