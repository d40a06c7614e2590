using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Sync;
using Faultline.Engine.Witnesses;
using static Faultline.Engine.Tests.LockOrders;

namespace Faultline.Engine.Tests;

/// <summary>Locks used wrongly: deadlock, lock order, sleeping in atomic context, wrong unlocks, locks held at the end.</summary>
public sealed class DeadlockTests
{
    private static readonly Mutex Spin = new(2);
    private static readonly WaitQueue Queue = new(3);
    private static readonly Mutex C = new(4);

    [Fact]
    public void BothOrdersDeadlockAndTheWitnessShowsWhoHoldsWhat()
    {
        var model = new Pair(TakeAThenB, TakeBThenA);
        Assert.Contains("deadlock", Searching.Violations(model));

        Witness witness = Searching.WitnessOf(model, ViolationKind.Deadlock);
        Assert.Equal((1, 0), (witness.Switches, witness.Preemptions - 1));
        Assert.Equal(["take_a_then_b", "take_second"], witness.Threads[0].Stack);
        Assert.Equal(["take_b_then_a", "take_second"], witness.Threads[1].Stack);
        Assert.Equal(["A"], witness.Threads[0].Held);
        Assert.Equal(["B"], witness.Threads[1].Held);
        Assert.Equal(["Lock B", "Lock A"], witness.Threads.Select(t => t.Waiting));
        Assert.All(witness.Threads, t => Assert.True(t.Blocked));
        Assert.Equal("deadlock", witness.Steps[^1].Events[^1].Text);
    }

    [Fact]
    public void OneOrderDoesNotDeadlock() => Assert.Empty(Searching.Violations(new Pair(TakeAThenB, TakeAThenB)));

    /// <summary>One thread alone cannot deadlock; that it takes both orders is reported all the same.</summary>
    [Fact]
    public void BothOrdersInOneThreadAreReported() =>
        Assert.Equal(["lock-order(B -> A)"], Searching.Violations(new Pair(BothOrders, Nothing)));

    [Fact]
    public void OrdersOfTwoThreadsAreReportedBesidesTheDeadlock()
    {
        foreach (var model in new[] { new Pair(TakeAThenB, TakeBThenA), new Pair(TakeBThenA, TakeAThenB) })
        {
            Assert.Equal([ViolationKind.Deadlock, ViolationKind.LockOrder], Searching.All(model).Violations.Select(v => v.Kind).Order());
        }
    }

    /// <summary>A to B, B to C, C to A: no two locks are taken in both orders.</summary>
    [Fact]
    public void ALongerCycleIsReported() =>
        Assert.Equal(["lock-order(C -> A)"], Searching.Violations(new Pair(Cycle, Nothing)));

    [Fact]
    public void TakingAMutexTwiceHangs()
    {
        Witness witness = Searching.WitnessOf(new Pair(TakeATwice, Nothing), ViolationKind.Deadlock);
        Assert.Equal("Lock A", witness.Threads[0].Waiting);
        Assert.Equal(["A"], witness.Threads[0].Held);
        Assert.Empty(witness.Threads[1].Stack);
    }

    [Fact]
    public void SleepingUnderASpinlockIsReported()
    {
        Assert.Equal(["sleep-in-atomic(queue)"], Searching.Violations(new Pair(SleepUnderSpin, Nothing)));
        Assert.Equal(["sleep-in-atomic(A)"], Searching.Violations(new Pair(MutexUnderSpin, Nothing)));
        Assert.Empty(Searching.Violations(new Pair(SpinUnderMutex, Nothing)));
    }

    [Fact]
    public void UnlockingAnothersLockIsReported()
    {
        Assert.Equal(["bad-unlock(A)"], Searching.Violations(new Pair(UnlockA, Nothing)));
        Assert.Equal(["bad-unlock(A)"], Searching.Violations(new Pair(TakeAForAWhile, UnlockA)));
    }

    /// <summary>The lock stays its owner's: the wrong unlock does not let anyone in.</summary>
    [Fact]
    public void AWrongUnlockUnlocksNothing()
    {
        var ends = new EndStates(0);
        Searching.All(new Pair(LeaveLocked, UnlockA), ends);
        Assert.Equal([$"{1 << 8}"], ends.Done);
    }

    [Fact]
    public void ALockHeldAtTheEndIsReported()
    {
        Assert.Equal(["lock-held-at-exit(A)"], Searching.Violations(new Pair(LeaveLocked, Nothing)));
        Assert.Equal(["deadlock", "lock-held-at-exit(A)"], Searching.Violations(new Pair(LeaveLocked, LeaveLocked)));
    }

    /// <summary>A lock that the model keeps in a word of its own is held like any other, but ordered only where it might be waited for.</summary>
    [Fact]
    public void NotedLocksAreHeldAndOrderedWhereTheyMightWait()
    {
        Assert.Empty(Searching.Violations(new Pair(() => NotedUnderA(mightWait: false), Nothing)));
        Assert.Equal(["lock-order(C -> A)"], Searching.Violations(new Pair(() => NotedUnderA(mightWait: true), Nothing)));
        Assert.Equal(["lock-held-at-exit(C)"], Searching.Violations(new Pair(NotedAndKept, Nothing)));
        Assert.Throws<ModelException>(() => Searching.All(new Pair(NotedAndKept, NotedAndKept)));
    }

    /// <summary>A stopped thread keeps its locks: whoever waits for them is not reported as a deadlock of its own.</summary>
    [Fact]
    public void AHaltedThreadIsNoDeadlock()
    {
        var model = new Pair(Bug, TakeAForAWhile);
        Assert.Equal(["bug(oops)"], Searching.Violations(model));
        Witness witness = Searching.WitnessOf(model, ViolationKind.Bug);
        Assert.Equal("halted (BUG)", witness.Threads[0].Waiting);
        Assert.Equal(["A"], witness.Threads[0].Held);
    }

    private static async Call Nothing() => await new AccessStep(Queue.Index);

    private static async Call BothOrders()
    {
        await TakeAThenB();
        await TakeBThenA();
    }

    private static async Call Cycle()
    {
        await TakeAThenB();
        await B.Lock();
        await TakeSecond(C);
        B.Unlock();
        await C.Lock();
        await TakeSecond(A);
        C.Unlock();
    }

    private static async Call NotedUnderA(bool mightWait)
    {
        await A.Lock();
        if (mightWait)
        {
            C.MightWait();
        }

        C.NoteTaken();
        C.Unlock();
        A.Unlock();
        C.NoteTaken();
        await TakeSecond(A);
        C.Unlock();
    }

    private static async Call NotedAndKept()
    {
        await new AccessStep(Queue.Index);
        C.NoteTaken();
    }

    private static async Call TakeATwice()
    {
        await A.Lock();
        await A.Lock();
    }

    private static async Call SleepUnderSpin()
    {
        await Spin.Lock();
        await Queue.Sleep(); // nobody queued up: it goes on at once, but it was wrong
        Spin.Unlock();
    }

    private static async Call MutexUnderSpin()
    {
        await Spin.Lock();
        await TakeSecond(A);
        Spin.Unlock();
    }

    private static async Call SpinUnderMutex()
    {
        await A.Lock();
        await TakeSecond(Spin);
        await Queue.Sleep();
        A.Unlock();
    }

    private static async Call UnlockA()
    {
        await new AccessStep(Queue.Index);
        A.Unlock();
    }

    private static async Call TakeAForAWhile()
    {
        await A.Lock();
        await new AccessStep(Queue.Index);
        await new AccessStep(Queue.Index);
        A.Unlock();
    }

    private static async Call LeaveLocked() => await A.Lock();

    private static async Call Bug()
    {
        await A.Lock();
        Execution.Current.Raise(ViolationKind.Bug, "oops");
        await default(HaltStep);
    }

    private sealed class Pair : SmallModel
    {
        private readonly Func<Call> first;
        private readonly Func<Call> second;

        public Pair(Func<Call> first, Func<Call> second)
            : base(2)
        {
            this.first = first;
            this.second = second;
            Layout.AddLock("A", "A");
            Layout.AddLock("B", "B");
            Layout.AddLock("spin", "spin", spinning: true);
            Layout.Add("queue", 1, WordKind.Synchronisation);
            Layout.AddLock("C", "C");
        }

        public override Call Start(int thread) => thread == 0 ? first() : second();
    }
}
