using Faultline.Real.Force;
using Faultline.Real.Lab;

namespace Faultline.Real.Tests.Force;

/// <summary>Reading /proc/kallsyms, and places that a user names.</summary>
public sealed class SymbolsTests
{
    private const string Text = """
        ffffffff81000000 T _stext
        ffffffff81000100 t insert_pfn.isra.0
        ffffffff81000200 t insert_pfn.cold
        ffffffff81000300 T handle_mm_fault
        ffffffff81000400 t twice
        ffffffff81000500 t twice
        ffffffff82000000 d some_data
        ffffffffc0000000 t ext4_dax_fault	[ext4]
        ffffffffc0000100 r ext4_table	[ext4]

        """;

    private static readonly Symbols Read = new(Text);

    [Theory]
    [InlineData("handle_mm_fault", 0xffffffff81000300)]
    [InlineData("insert_pfn", 0xffffffff81000100)]
    [InlineData("ext4_dax_fault", 0xffffffffc0000000)]
    public void AFunctionHasAnAddress(string name, ulong address)
    {
        Assert.True(Read.Has(name));
        Assert.Equal(address, Read.AddressOf(name));
    }

    [Theory]
    [InlineData("twice")] // nobody knows which is meant
    [InlineData("some_data")]
    [InlineData("ext4_table")]
    [InlineData("zap_pte_range")]
    public void WhatIsNoFunctionOrSeveralHasNone(string name) => Assert.False(Read.Has(name));

    [Theory]
    [InlineData(0xffffffff81000312, "handle_mm_fault+0x12")]
    [InlineData(0xffffffff81000100, "insert_pfn.isra.0+0x0")]
    [InlineData(0x401000, "user space")]
    public void AnAddressHasAName(ulong address, string name) => Assert.Equal(name, Read.Describe(address));

    [Theory]
    [InlineData("3:zap_pte_range", 3, "zap_pte_range", 0, 1)]
    [InlineData("1:handle_mm_fault+0x1f", 1, "handle_mm_fault", 0x1f, 1)]
    [InlineData("2:handle_mm_fault+0x1f@4", 2, "handle_mm_fault", 0x1f, 4)]
    public void APlaceOfOnesOwnIsRead(string text, int turn, string function, int offset, int time) =>
        Assert.Equal(new ChosenHold(turn, function, (ulong)offset, time), ChosenHold.Parse(text));

    [Theory]
    [InlineData("zap_pte_range")]
    [InlineData("1:")]
    [InlineData("1:f+12")]
    [InlineData("1:f@0")]
    [InlineData("x:f")]
    public void OrRefused(string text) => Assert.Null(ChosenHold.Parse(text));

    [Fact]
    public void ItMovesATurnsEnd()
    {
        Turn[] turns = [new(0, 0, TurnEnd.BeforeInstruction, null, [], ""), new(1, 0, TurnEnd.Done, null, [], "")];
        Turn moved = ChosenHold.Parse("1:handle_mm_fault+0x10")!.In(turns, Read)[0];
        Assert.Equal((TurnEnd.Held, "handle_mm_fault+0x10"), (moved.End, $"{moved.Hold}"));
        Assert.Throws<LabException>(() => ChosenHold.Parse("2:handle_mm_fault")!.In(turns, Read)); // it runs to the thread's end
        Assert.Throws<LabException>(() => ChosenHold.Parse("9:handle_mm_fault")!.In(turns, Read));
        Assert.Throws<LabException>(() => ChosenHold.Parse("1:twice")!.In(turns, Read));
    }
}
