using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Sync;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Tests;

/// <summary>Words and the locks that guard them.</summary>
public sealed class DataRaceTests
{
    private static readonly Mutex Lock = new(0);
    private static readonly RwSem Sem = new(1);
    private static readonly Word<int> Size = new(2); // guarded by the mutex
    private static readonly Word<int> Entry = new(3); // the same, with lockless readers
    private static readonly Word<int> Vma = new(4); // guarded by the semaphore
    private static readonly Word<int> Page = new(5); // visible

    [Fact]
    public void AccessUnderTheLockIsNoRace() => Assert.Empty(Searching.Violations(new Guarded(Locked, Locked)));

    [Fact]
    public void AReadWithoutTheLockIsARace() =>
        Assert.Equal(["race(size)"], Searching.Violations(new Guarded(Locked, BareRead)));

    [Fact]
    public void AWriteWithoutTheLockIsARace() =>
        Assert.Equal(["race(size)"], Searching.Violations(new Guarded(Locked, BareWrite)));

    /// <summary>Found even where nobody else touches the word: the missing lock is the defect.</summary>
    [Fact]
    public void ARaceNeedsNoSecondThread()
    {
        var model = new Guarded(BareWrite, Nothing);
        Assert.Equal(["race(size)"], Searching.Violations(model));
        Witness witness = Searching.WitnessOf(model, ViolationKind.DataRace);
        StepEvent complaint = witness.Steps.SelectMany(s => s.Events).Single(e => e.Kind == EventKind.Violation);
        Assert.Equal(("race(size)", Size.Index, "bare_write"), (complaint.Text, complaint.Word, complaint.Function));
    }

    [Fact]
    public void AnothersLockDoesNotHelp() =>
        Assert.Equal(["race(size)"], Searching.Violations(new Guarded(UnderTheWrongLock, Nothing)));

    [Fact]
    public void AfterTheUnlockItIsARaceAgain() =>
        Assert.Equal(["race(size)"], Searching.Violations(new Guarded(AfterUnlock, Nothing)));

    [Fact]
    public void ReadersMayReadButNotWrite()
    {
        Assert.Empty(Searching.Violations(new Guarded(ReadUnderRead, WriteUnderWrite)));
        Assert.Equal(["race(vma)"], Searching.Violations(new Guarded(WriteUnderRead, Nothing)));
    }

    [Fact]
    public void ADeclaredLocklessReadIsNoRace() => Assert.Empty(Searching.Violations(new Guarded(Publish, Peek)));

    [Fact]
    public void AWordWithLocklessReadersIsStillWrittenUnderItsLock()
    {
        Assert.Equal(["race(entry)"], Searching.Violations(new Guarded(PublishWithoutLock, Nothing)));
        Assert.Equal(["race(entry)"], Searching.Violations(new Guarded(BareReadOfEntry, Nothing)));
    }

    [Theory]
    [InlineData(nameof(PlainSetOfEntry), "entry")]
    [InlineData(nameof(PlainSetOfPage), "page")]
    [InlineData(nameof(PlainSetOfLock), "lock")]
    [InlineData(nameof(PlainGetOfPage), "page")]
    [InlineData(nameof(UndeclaredPeek), "size")]
    public void AnAccessThatWouldHideASchedulingPointIsRefused(string body, string word)
    {
        Func<Call> thread = body switch
        {
            nameof(PlainSetOfEntry) => PlainSetOfEntry,
            nameof(PlainSetOfPage) => PlainSetOfPage,
            nameof(PlainSetOfLock) => PlainSetOfLock,
            nameof(PlainGetOfPage) => PlainGetOfPage,
            _ => UndeclaredPeek,
        };
        var refused = Assert.Throws<ModelException>(() => Searching.All(new Guarded(thread, Nothing)));
        Assert.StartsWith(word, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AGuardedWordNeedsAGuard()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Layout().Add("x", 1, WordKind.Guarded));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Layout().Add("x", 1, WordKind.GuardedWithLocklessReaders));
    }

    private static async Call Nothing() => await Page.ReadOnce();

    private static async Call Locked()
    {
        await Lock.Lock();
        Size.Set(Size.Get() + 1);
        Lock.Unlock();
    }

    private static async Call BareRead()
    {
        await Page.ReadOnce();
        _ = Size.Get();
    }

    private static async Call BareWrite()
    {
        await Page.ReadOnce();
        Size.Set(1);
    }

    private static async Call UnderTheWrongLock()
    {
        await Sem.DownWrite();
        Size.Set(1);
        Sem.UpWrite();
    }

    private static async Call AfterUnlock()
    {
        await Lock.Lock();
        Lock.Unlock();
        Size.Set(1);
    }

    private static async Call ReadUnderRead()
    {
        await Sem.DownRead();
        _ = Vma.Get();
        Sem.UpRead();
    }

    private static async Call WriteUnderWrite()
    {
        await Sem.DownWrite();
        Vma.Set(1);
        Sem.UpWrite();
    }

    private static async Call WriteUnderRead()
    {
        await Sem.DownRead();
        Vma.Set(1);
        Sem.UpRead();
    }

    private static async Call Publish()
    {
        await Lock.Lock();
        await Entry.Write(Entry.Get() + 1);
        Lock.Unlock();
    }

    private static async Call Peek() => await Entry.ReadOnce();

    private static async Call PublishWithoutLock() => await Entry.Write(1);

    private static async Call BareReadOfEntry()
    {
        await Page.ReadOnce();
        _ = Entry.Get();
    }

    private static async Call PlainSetOfEntry()
    {
        await Lock.Lock();
        Entry.Set(1);
    }

    private static async Call PlainSetOfPage()
    {
        await Lock.Lock();
        Page.Set(1);
    }

    private static async Call PlainSetOfLock()
    {
        await Sem.DownRead();
        new Word<int>(Lock.Index).Set(1);
    }

    private static async Call PlainGetOfPage()
    {
        await Lock.Lock();
        _ = Page.Get();
    }

    private static async Call UndeclaredPeek() => await Size.ReadOnce();

    private sealed class Guarded : SmallModel
    {
        private readonly Func<Call> first;
        private readonly Func<Call> second;

        public Guarded(Func<Call> first, Func<Call> second)
            : base(2)
        {
            this.first = first;
            this.second = second;
            Layout.AddLock("lock", "lock");
            Layout.AddLock("sem", "sem");
            Layout.Add("size", 1, WordKind.Guarded, Lock.Index);
            Layout.Add("entry", 1, WordKind.GuardedWithLocklessReaders, Lock.Index);
            Layout.Add("vma", 1, WordKind.Guarded, Sem.Index);
            Layout.Add("page", 1, WordKind.Visible);
        }

        public override Call Start(int thread) => thread == 0 ? first() : second();
    }
}
