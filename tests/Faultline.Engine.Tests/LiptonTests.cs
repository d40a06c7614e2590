using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine.Tests;

/// <summary>What is one step and what is not: acquires, at most one visible access, releases (Lipton's reduction).</summary>
public sealed class LiptonTests
{
    private static readonly Mutex Lock = new(0);
    private static readonly Mutex Other = new(1);
    private static readonly Word<int> Guarded = new(2);
    private static readonly Word<int> Pte = new(3); // written under the lock, read without it
    private static readonly Word<int> Flag = new(4); // visible
    private static readonly Word<int> Register = new(5);
    private static readonly Word<int> Register2 = new(6);

    [Fact]
    public void AcquireGuardedAccessReleaseIsOneTransition()
    {
        var result = Searching.All(new Program(Update));
        Assert.Equal((2, 1), (result.States, result.Transitions));
        var two = Searching.All(new Program(Update, Update));
        Assert.Equal((4, 4), (two.States, two.Transitions));
        Assert.Equal(["3"], Searching.Outcomes(new Program(Update, Update, Update), Guarded.Index));
    }

    /// <summary>One visible access may be part of it, wherever it stands between acquire and release.</summary>
    [Fact]
    public void OneVisibleAccessIsPartOfTheTransition()
    {
        Assert.Equal(1, Searching.All(new Program(UpdateAndPublish)).Transitions);
        Assert.Equal(1, Searching.All(new Program(LookUnderTheLock)).Transitions);
    }

    /// <summary>Each acquire is a scheduling point, also the inner one: another thread may hold it.</summary>
    [Fact]
    public void ANestedAcquireIsATransition() => Assert.Equal(2, Searching.All(new Program(Nested)).Transitions);

    [Fact]
    public void TwoVisibleWritesUnderOneLockAreTwoEvents()
    {
        Assert.Equal(2, Searching.All(new Program(BreakBeforeMake)).Transitions);
        Assert.Equal(["0", "1", "2"], Searching.Outcomes(new Program(BreakBeforeMake, Walk), Register.Index));
    }

    /// <summary>For those who take the lock the two writes are one.</summary>
    [Fact]
    public void UnderTheLockTheIntermediateStateIsNotSeen() =>
        Assert.Equal(["0", "2"], Searching.Outcomes(new Program(BreakBeforeMake, LookAtPte), Register.Index));

    [Fact]
    public void TwoWritesOfOneHardwareOperationAreOneEvent()
    {
        Assert.Equal(1, Searching.All(new Program(WriteBoth)).Transitions);
        Assert.Equal(["0,0", "0,1", "1,1"], Searching.Outcomes(new Program(WriteBoth, WalkBackwards), Register.Index, Register2.Index));
        Assert.Equal(1, Searching.All(new Program(WriteBothByHardware)).Transitions);
        Assert.Empty(Searching.Violations(new Program(WriteBothByHardware)));
    }

    /// <summary>
    /// P0 drops the lock and then sets the flag. Only if P1 gets the lock in between does it see the guarded word set and the flag
    /// clear; without a scheduling point before the write that outcome does not exist.
    /// </summary>
    [Fact]
    public void AVisibleWriteAfterAReleaseNeedsASchedulingPoint()
    {
        string[] outcomes = Searching.Outcomes(new Program(UpdateThenFlag, LookThenFlag), Register.Index, Register2.Index);
        Assert.Equal(["0,0", "0,1", "1,0", "1,1"], outcomes);
    }

    [Fact]
    public void AVisibleReadAfterAReleaseNeedsASchedulingPoint()
    {
        // P0 looks at the flag after its section; P1 may set the flag, under the lock, in between.
        string[] outcomes = Searching.Outcomes(new Program(UpdateThenLook, FlagIfUpdated), Register.Index);
        Assert.Equal(["0", "1"], outcomes);
    }

    [Fact]
    public void EnqueueAndWakeAreVisibleToo()
    {
        Assert.Equal(2, Searching.All(new Program(FlagThenWake)).Transitions);
        Assert.Equal(2, Searching.All(new Program(FlagThenEnqueue)).Transitions);
        Assert.Equal(1, Searching.All(new Program(LockThenWake)).Transitions);
    }

    /// <summary>A choice of the hardware is a step of its own even at the start of a stretch.</summary>
    [Fact]
    public void AChoiceIsAlwaysASchedulingPoint()
    {
        var result = Searching.All(new Program(LockThenChoose));
        Assert.Equal((1 + 1 + 3, 1 + 3), (result.States, result.Transitions));
        Assert.Equal(["0", "1", "2"], Searching.Outcomes(new Program(LockThenChoose), Register.Index));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(256)]
    public void AChoiceWithoutRoomIsRefused(int alternatives) =>
        Assert.Throws<ModelException>(() => Searching.All(new Program(() => Choose(alternatives))));

    /// <summary>What is pruned is no step and no state.</summary>
    [Fact]
    public void APrunedAlternativeLeavesNoTrace()
    {
        var result = Searching.All(new Program(ChooseOddOnly));
        Assert.Equal((1 + 2, 2), (result.States, result.Transitions));
        Assert.Equal(["1", "3"], Searching.Outcomes(new Program(ChooseOddOnly), Register.Index));
        Assert.Null(FewestSwitches.Find(new Program(ChooseOddOnly), (execution, _) => execution.Word(Register.Index) == 2));
    }

    private static async Call Update()
    {
        await Lock.Lock();
        Guarded.Set(Guarded.Get() + 1);
        Lock.Unlock();
    }

    private static async Call UpdateAndPublish()
    {
        await Lock.Lock();
        Guarded.Set(1);
        await Pte.Write(1);
        Guarded.Set(2);
        Lock.Unlock();
    }

    private static async Call LookUnderTheLock()
    {
        await Lock.Lock();
        Register.Raw = await Flag.ReadOnce();
        Guarded.Set(1);
        Lock.Unlock();
    }

    private static async Call Nested()
    {
        await Lock.Lock();
        await Other.Lock();
        Guarded.Set(1);
        Other.Unlock();
        Lock.Unlock();
    }

    private static async Call BreakBeforeMake()
    {
        await Lock.Lock();
        await Pte.Write(1);
        await Pte.Write(2);
        Lock.Unlock();
    }

    private static async Call Walk() => Register.Raw = await Pte.ReadOnce();

    private static async Call LookAtPte()
    {
        await Lock.Lock();
        Register.Raw = Pte.Get();
        Lock.Unlock();
    }

    private static async Call WriteBoth()
    {
        await Lock.Lock();
        await Pte.Write(1);
        Flag.WriteAlso(1);
        Lock.Unlock();
    }

    private static async Call WriteBothByHardware()
    {
        await Flag.Write(1);
        Pte.HardwareWrite(1); // no lock, and yet no race
    }

    // Flag first: if both words change at once, an old flag with a new PTE is possible, the reverse is not.
    private static async Call WalkBackwards()
    {
        Register.Raw = await Flag.ReadOnce();
        Register2.Raw = await Pte.ReadOnce();
    }

    private static async Call UpdateThenFlag()
    {
        await Lock.Lock();
        Guarded.Set(1);
        Lock.Unlock();
        await Flag.Write(1);
    }

    private static async Call LookThenFlag()
    {
        await Lock.Lock();
        Register.Raw = Guarded.Get();
        Lock.Unlock();
        Register2.Raw = await Flag.ReadOnce();
    }

    private static async Call UpdateThenLook()
    {
        await Lock.Lock();
        Guarded.Set(1);
        Lock.Unlock();
        Register.Raw = await Flag.ReadOnce();
    }

    private static async Call FlagIfUpdated()
    {
        await Lock.Lock();
        if (Guarded.Get() == 1)
        {
            await Flag.Write(1);
        }

        Lock.Unlock();
    }

    private static async Call FlagThenWake()
    {
        await Flag.Write(1);
        await new WaitQueue(7).WakeAll();
    }

    private static async Call FlagThenEnqueue()
    {
        await Flag.Write(1);
        await new WaitQueue(7).PrepareToWaitExclusive();
    }

    private static async Call LockThenWake()
    {
        await Lock.Lock();
        await new WaitQueue(7).WakeOne();
        Lock.Unlock();
    }

    private static async Call LockThenChoose()
    {
        await Lock.Lock();
        Register.Raw = await new AccessStep(Flag.Index, alternatives: 3);
        Lock.Unlock();
    }

    private static async Call Choose(int alternatives) => await new AccessStep(Flag.Index, alternatives);

    private static async Call ChooseOddOnly()
    {
        int choice = await new AccessStep(Flag.Index, alternatives: 4);
        if (choice % 2 == 0)
        {
            Execution.Current.Prune();
        }

        Register.Raw = choice;
    }

    private sealed class Program : SmallModel
    {
        private readonly Func<Call>[] bodies;

        public Program(params Func<Call>[] bodies)
            : base(bodies.Length)
        {
            this.bodies = bodies;
            Layout.AddLock("lock", "lock");
            Layout.AddLock("other", "other");
            Layout.Add("guarded", 1, WordKind.Guarded, Lock.Index);
            Layout.Add("pte", 1, WordKind.GuardedWithLocklessReaders, Lock.Index);
            Layout.Add("flag", 1, WordKind.Visible);
            Layout.Add("register", 2, WordKind.Private);
            Layout.Add("queue", 1, WordKind.Synchronisation);
        }

        public override Call Start(int thread) => bodies[thread]();
    }
}
