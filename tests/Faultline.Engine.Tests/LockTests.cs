using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine.Tests;

/// <summary>Mutexes and reader-writer semaphores: who may be inside with whom, and who waits for whom.</summary>
public sealed class LockTests
{
    [Fact]
    public void AMutexLetsOneThreadIn() =>
        Assert.Equal(["1"], Searching.Outcomes(new Inside(LockUse.Mutex, LockUse.Mutex, LockUse.Mutex), Inside.Most));

    /// <summary>The same with nothing taken: the test can tell the difference.</summary>
    [Fact]
    public void WithoutALockTheyMeet() =>
        Assert.Equal(["1", "2"], Searching.Outcomes(new Inside(LockUse.None, LockUse.None), Inside.Most));

    [Fact]
    public void ReadersShare() =>
        Assert.Equal(["1", "2", "3"], Searching.Outcomes(new Inside(LockUse.Read, LockUse.Read, LockUse.Read), Inside.Most));

    [Fact]
    public void AWriterExcludesReadersAndWriters()
    {
        Assert.Equal(["1"], Searching.Outcomes(new Inside(LockUse.Write, LockUse.Read), Inside.Most));
        Assert.Equal(["1"], Searching.Outcomes(new Inside(LockUse.Write, LockUse.Write), Inside.Most));
        Assert.Equal(["1", "2"], Searching.Outcomes(new Inside(LockUse.Write, LockUse.Read, LockUse.Read), Inside.Most));
    }

    /// <summary>
    /// P0 reads and waits for the mutex; P1 has the mutex and wants to read. They only block each other when a writer that queued up
    /// between them holds P1 back.
    /// </summary>
    [Fact]
    public void AWaitingWriterHoldsBackNewReaders()
    {
        Assert.DoesNotContain("deadlock", Searching.Violations(new ReaderBehindWriter(writers: 0)));
        Assert.Contains("deadlock", Searching.Violations(new ReaderBehindWriter(writers: 1)));
        Assert.Contains("deadlock", Searching.Violations(new ReaderBehindWriter(writers: 2)));

        var witness = Searching.WitnessOf(new ReaderBehindWriter(writers: 1), ViolationKind.Deadlock);
        Assert.Equal(["Lock mutex", "DownRead sem", "DownWrite sem"], witness.Threads.Select(t => t.Waiting));
        Assert.Contains(witness.Steps, s => s.Events.Any(e => e.Text == "waits for sem, holding back new readers"));
    }

    /// <summary>A thread that queues up to write and gets the semaphore later leaves no trace in it.</summary>
    [Fact]
    public void EveryoneLeavesTheSemaphoreFree()
    {
        var ends = new EndStates(0);
        Searching.All(new Inside(LockUse.Write, LockUse.Write, LockUse.Read), ends);
        Assert.Equal(["0"], ends.Done);
    }

    [Fact]
    public void ReadersOfANeverWrittenSemaphoreHaveNoSchedulingPoint()
    {
        var shared = Searching.All(new ThreeSections(neverWritten: true));
        Assert.Equal((1, 0), (shared.States, shared.Transitions));
        var ordinary = Searching.All(new ThreeSections(neverWritten: false));
        Assert.Equal((4 * 4 * 4, 3 * 3 * 16), (ordinary.States, ordinary.Transitions));
    }

    [Fact]
    public void ANeverWrittenSemaphoreCannotBeWritten()
    {
        var refused = Assert.Throws<ModelException>(() => Searching.All(new WritesTheNeverWritten()));
        Assert.Contains("shared", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AThreadCanOwnEightLocksAndNoMore()
    {
        Assert.Empty(Searching.Violations(new ManyLocks(ThreadHeader.MaxHeld)));
        Assert.Throws<ModelException>(() => Searching.All(new ManyLocks(ThreadHeader.MaxHeld + 1)));
    }

    /// <summary>Locks can be dropped in any order; the others stay held.</summary>
    [Fact]
    public void LocksAreDroppedInAnyOrder()
    {
        var model = new ManyLocks(3, dropOldestFirst: true);
        Assert.Empty(Searching.Violations(model));
        Assert.Equal(["0,0,0"], Searching.Outcomes(model, 0, 1, 2));
    }

    /// <summary>Whichever lock a thread took and dropped, it is in the same state after it.</summary>
    [Fact]
    public void ADroppedLockLeavesNoTrace() => Assert.Equal(1 + 3 + 1, Searching.All(new TakesOneOf(3)).States);

    [Fact]
    public void ReadingTwiceIsRefused() => Assert.Throws<ModelException>(() => Searching.All(new ReadsTwice()));

    private enum LockUse
    {
        None,
        Mutex,
        Read,
        Write,
    }

    /// <summary>Each thread takes the lock its way, says that it is inside, looks how many are, and leaves.</summary>
    private sealed class Inside : SmallModel
    {
        public const int Most = 3;
        private static readonly RwSem Sem = new(0);
        private static readonly Mutex Lock = new(1);
        private static readonly Word<int> Count = new(2);
        private static readonly Word<int> Highest = new(Most);
        private readonly LockUse[] uses;

        public Inside(params LockUse[] uses)
            : base(uses.Length)
        {
            this.uses = uses;
            Layout.AddLock("sem", "sem");
            Layout.AddLock("mutex", "mutex");
            Layout.Add("count", 1, WordKind.Visible);
            Layout.Add("most", 1, WordKind.Private);
        }

        public override Call Start(int thread) => Body(uses[thread]);

        private static async Call Body(LockUse use)
        {
            switch (use)
            {
                case LockUse.Mutex:
                    await Lock.Lock();
                    break;
                case LockUse.Read:
                    await Sem.DownRead();
                    break;
                case LockUse.Write:
                    await Sem.DownWrite();
                    break;
            }

            await new AccessStep(Count.Index);
            Count.Raw++;
            Highest.Raw = Math.Max(Highest.Raw, Count.Raw);
            await new AccessStep(Count.Index);
            Count.Raw--;
            switch (use)
            {
                case LockUse.Mutex:
                    Lock.Unlock();
                    break;
                case LockUse.Read:
                    Sem.UpRead();
                    break;
                case LockUse.Write:
                    Sem.UpWrite();
                    break;
            }
        }
    }

    private sealed class ReaderBehindWriter : SmallModel
    {
        private static readonly RwSem Sem = new(0);
        private static readonly Mutex Lock = new(1);

        public ReaderBehindWriter(int writers)
            : base(2 + writers)
        {
            Layout.AddLock("sem", "sem");
            Layout.AddLock("mutex", "mutex");
        }

        public override Call Start(int thread) => thread switch
        {
            0 => ReadThenLock(),
            1 => LockThenRead(),
            _ => Write(),
        };

        private static async Call ReadThenLock()
        {
            await Sem.DownRead();
            await Lock.Lock();
            Lock.Unlock();
            Sem.UpRead();
        }

        private static async Call LockThenRead()
        {
            await Lock.Lock();
            await Sem.DownRead();
            Sem.UpRead();
            Lock.Unlock();
        }

        private static async Call Write()
        {
            await Sem.DownWrite();
            Sem.UpWrite();
        }
    }

    private sealed class ThreeSections : SmallModel
    {
        private static readonly RwSem Sem = new(0);

        public ThreeSections(bool neverWritten)
            : base(3) => Layout.AddLock("sem", "sem", neverWritten: neverWritten);

        public override Call Start(int thread) => Body();

        private static async Call Body()
        {
            for (int i = 0; i < 3; i++)
            {
                await Sem.DownRead();
                Sem.UpRead();
            }
        }
    }

    private sealed class WritesTheNeverWritten : SmallModel
    {
        private static readonly RwSem Sem = new(0);

        public WritesTheNeverWritten()
            : base(1) => Layout.AddLock("shared", "shared", neverWritten: true);

        public override Call Start(int thread) => Body();

        private static async Call Body()
        {
            await Sem.DownWrite();
            Sem.UpWrite();
        }
    }

    private sealed class ReadsTwice : SmallModel
    {
        private static readonly RwSem Sem = new(0);

        public ReadsTwice()
            : base(1) => Layout.AddLock("sem", "sem");

        public override Call Start(int thread) => Body();

        private static async Call Body()
        {
            await Sem.DownRead();
            await Sem.DownRead();
        }
    }

    private sealed class TakesOneOf : SmallModel
    {
        private readonly int locks;

        public TakesOneOf(int locks)
            : base(1)
        {
            this.locks = locks;
            Layout.AddLock("lock", "lock", count: locks);
        }

        public override Call Start(int thread) => Body(locks);

        private static async Call Body(int locks)
        {
            var chosen = new Mutex(await new AccessStep(0, locks));
            await chosen.Lock();
            chosen.Unlock();
        }
    }

    private sealed class ManyLocks : SmallModel
    {
        private readonly int count;
        private readonly bool dropOldestFirst;

        public ManyLocks(int count, bool dropOldestFirst = false)
            : base(1)
        {
            this.count = count;
            this.dropOldestFirst = dropOldestFirst;
            Layout.AddLock("lock", "lock", count: count);
        }

        public override Call Start(int thread) => Body(count, dropOldestFirst);

        private static async Call Body(int count, bool dropOldestFirst)
        {
            for (int i = 0; i < count; i++)
            {
                await new Mutex(i).Lock();
            }

            for (int i = 0; i < count; i++)
            {
                new Mutex(dropOldestFirst ? i : count - 1 - i).Unlock();
            }
        }
    }
}
