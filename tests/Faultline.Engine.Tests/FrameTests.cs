using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.State;
using Faultline.Engine.Sync;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Tests;

/// <summary>Coroutine frames: what may lie in them, what they are called, how much room they have.</summary>
public sealed class FrameTests
{
    private static readonly Word<int> X = new(0);

    [Theory]
    [InlineData("InsertPfn", "insert_pfn")]
    [InlineData("DaxIomapPteFault", "dax_iomap_pte_fault")]
    [InlineData("Zap", "zap")]
    [InlineData("Ext4DaxFault", "ext4_dax_fault")]
    [InlineData("", "")]
    public void NamesAreSpeltAsTheKernelDoes(string method, string name) => Assert.Equal(name, KernelNames.Spell(method));

    [Fact]
    public void StacksAreReadBackByTheseNames()
    {
        Schedule? schedule = FewestSwitches.Find(new One(HandleMmFault), (execution, _) => execution.Word(0) == 1);
        Witness witness = Replay.Run(new One(HandleMmFault), schedule!);
        Assert.Equal(["handle_mm_fault", "__handle_mm_fault", "insert_pfn"], witness.Threads[0].Stack);
        Assert.Equal(["handle_mm_fault", "__handle_mm_fault", "insert_pfn"], witness.Steps[0].Stack);
    }

    /// <summary>Calls and returns within a step are events, at the right depth, in the right function.</summary>
    [Fact]
    public void ReplayTellsCallsAndReturns()
    {
        Witness witness = Replay.Run(new One(HandleMmFault), Schedule.Parse("0 0 0"));
        Assert.Equal(
            [
                "Write x[0] in insert_pfn 2",
                "Write x[0] in insert_pfn 2",
                "Return insert_pfn in insert_pfn 2",
                "Call insert_pfn in insert_pfn 2",
                "Write x[0] in insert_pfn 2",
                "Return insert_pfn in insert_pfn 2",
                "Return __handle_mm_fault in __handle_mm_fault 1",
                "Return handle_mm_fault in handle_mm_fault 0",
            ],
            witness.Steps.SelectMany(s => s.Events).Select(e => $"{e.Kind} {e.Text} in {e.Function} {e.Depth}"));
        Assert.Empty(witness.Threads[0].Stack);
    }

    [Fact]
    public void AFrameThatHoldsAReferenceIsRefusedByName()
    {
        var refused = Assert.Throws<ModelException>(() => ExhaustiveSearch.Run(new One(() => KeepsAString("x"))));
        Assert.Contains(nameof(KeepsAString), refused.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(FrameTests), refused.Message, StringComparison.Ordinal);
        Assert.Contains("reference", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Also where the frame would never have been suspended, and deep within a thread.</summary>
    [Fact]
    public void AReferenceIsRefusedAtTheFirstCall()
    {
        var refused = Assert.Throws<ModelException>(() => ExhaustiveSearch.Run(new One(CallsOneThatKeepsAReference)));
        Assert.Contains(nameof(KeepsAnArray), refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A Debug build's state machines are classes.</summary>
    [Fact]
    public void AClassFrameIsRefusedWithTheCure()
    {
        var refused = Assert.Throws<ModelException>(FrameTypes.Check<FrameTests>);
        Assert.Contains("<Optimize>true</Optimize>", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AResultOfMoreThanEightBytesIsRefused() =>
        Assert.Throws<ModelException>(() => ExhaustiveSearch.Run(new One(UsesALargeResult)));

    [Fact]
    public void ResultsOfUpToEightBytesArriveWhole() =>
        Assert.Equal([$"{unchecked((int)0x89abcdef)},{0x01234567}"], Searching.Outcomes(new One(UsesResults), 0, 1));

    [Fact]
    public void MoreFramesThanThereIsRoomForAreRefused()
    {
        Assert.Empty(Searching.Violations(new One(() => Deep(10))));
        var refused = Assert.Throws<ModelException>(() => Searching.All(new One(() => Deep(30))));
        Assert.Contains("room for 512", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Searching.Violations(new One(() => Deep(30), stackBytes: 4096)));
        Assert.Throws<ModelException>(() => Searching.All(new One(() => Deep(100), stackBytes: 1 << 16)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Layout.MaxThreads + 1)]
    public void ThereMayBeOneToEightThreads(int threads) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ExhaustiveSearch.Run(new ThreeCounters(threads, 1)));

    [Fact]
    public void EightThreadsAreNotTooMany() => Assert.Equal(8, Searching.All(new ThreeCounters(Layout.MaxThreads, 1)).EndStates);

    private static async Call HandleMmFault() => await HandleMmFaultInner();

    [KernelName("__handle_mm_fault")]
    private static async Call HandleMmFaultInner()
    {
        await InsertPfn(1);
        await InsertPfn(2);
    }

    private static async Call InsertPfn(int pfn)
    {
        await X.Write(pfn);
        if (pfn == 1)
        {
            await X.Write(3);
        }
    }

    private static async Call KeepsAString(string text)
    {
        await X.ReadOnce();
        X.Raw = text.Length;
    }

    private static async Call CallsOneThatKeepsAReference()
    {
        await X.ReadOnce();
        await KeepsAnArray(0, null);
    }

    private static async Call KeepsAnArray(int count, int[]? array)
    {
        if (count > 0)
        {
            await X.ReadOnce();
            X.Raw = array!.Length;
        }
    }

    private static async Call UsesALargeResult()
    {
        decimal large = await LargeResult();
        X.Raw = (int)large;
    }

    private static async Call<decimal> LargeResult() => await X.ReadOnce();

    private static async Call UsesResults()
    {
        long wide = await Wide();
        bool yes = await Yes();
        byte few = await Few(yes);
        X.Raw = (int)wide;
        new Word<int>(1).Raw = few == 200 ? (int)(wide >> 32) : -1;
    }

    private static async Call<long> Wide()
    {
        await X.ReadOnce();
        return 0x0123456789abcdef;
    }

    private static async Call<bool> Yes()
    {
        await X.ReadOnce();
        return true;
    }

    // Returns without a scheduling point or after one.
    private static async Call<byte> Few(bool atOnce)
    {
        if (!atOnce)
        {
            await X.ReadOnce();
        }

        return 200;
    }

    private static async Call Deep(int calls)
    {
        if (calls > 0)
        {
            await Deep(calls - 1);
        }
        else
        {
            await X.ReadOnce();
        }
    }

    private sealed class One : SmallModel
    {
        private readonly Func<Call> body;

        public One(Func<Call> body, int stackBytes = 512)
            : base(1)
        {
            this.body = body;
            StackBytes = stackBytes;
            Layout.Add("x", 2, WordKind.Visible);
        }

        public override int StackBytes { get; }

        public override Call Start(int thread) => body();
    }
}
