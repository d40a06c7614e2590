using System.Text;
using Faultline.Real.Gdb;
using Faultline.Real.Lab;

namespace Faultline.Real.Tests.Force;

/// <summary>The client of gdb's remote protocol against something that answers like QEMU's stub.</summary>
public sealed class GdbClientTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50), Long = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task RegistersAreReadHoweverThePacketsAreSplit(int chunk)
    {
        using var stub = new FakeStub(FakeStub.After(c => c == "g" ? [FakeStub.Packet(Registers())] : ["+", FakeStub.Packet("OK")]), chunk);
        using GdbClient client = await GdbClient.Connect(stub.SocketPath, Cancellation);
        CpuRegisters registers = await client.Registers(1, Cancellation);
        Assert.Equal(new CpuRegisters(Rip: 0x1010, Rsp: 0x1007, Rdi: 0x1005, Rsi: 0x1004, Flags: 0x246), registers);
        Assert.True(registers.TakesInterrupts);
        Assert.Contains("Hgp1.02", stub.Commands);
    }

    [Fact]
    public async Task EachPacketIsAcknowledged()
    {
        using var stub = new FakeStub(FakeStub.After(_ => ["+", FakeStub.Packet("OK")]));
        using (GdbClient client = await GdbClient.Connect(stub.SocketPath, Cancellation))
        {
            await client.Insert(0xffffffff81000000, Cancellation);
            await client.Remove(0xffffffff81000000, Cancellation);
        }

        await stub.End();
        Assert.Equal(stub.Commands.Count, stub.Acknowledged);
        Assert.Equal(["Z0,ffffffff81000000,1", "z0,ffffffff81000000,1"], stub.Commands[2..]);
    }

    [Fact]
    public async Task AStopThatNobodyAskedForIsNoAnswer()
    {
        using var stub = new FakeStub(FakeStub.After(_ => [FakeStub.Packet("T05thread:p01.03;"), FakeStub.Packet("OK")]));
        using GdbClient client = await GdbClient.Connect(stub.SocketPath, Cancellation);
        await client.Insert(0x10, Cancellation);
        Assert.Equal(2, await client.WaitForStop(Short, Cancellation));
    }

    [Fact]
    public async Task OneWhileConnectingIsForgotten()
    {
        using var stub = new FakeStub(command => command.StartsWith('q')
            ? [FakeStub.Packet("T02thread:p01.01;"), FakeStub.Packet("PacketSize=1000")]
            : []);
        using GdbClient client = await GdbClient.Connect(stub.SocketPath, Cancellation);
        Assert.Equal(-1, await client.WaitForStop(Short, Cancellation));
    }

    [Fact]
    public async Task AStopNamesItsCpu()
    {
        using var stub = new FakeStub(FakeStub.After(_ => ["+", FakeStub.Packet("T05thread:p01.0b;")]));
        using GdbClient client = await GdbClient.Connect(stub.SocketPath, Cancellation);
        await client.Continue(Cancellation);
        Assert.Equal(10, await client.WaitForStop(Long, Cancellation));
    }

    [Fact]
    public async Task AnInterruptIsARawByteAndWaitsForItsStop()
    {
        using var stub = new FakeStub(FakeStub.After(c => c == "\u0003" ? [FakeStub.Packet("T02thread:p01.01;")] : ["+"]));
        using GdbClient client = await GdbClient.Connect(stub.SocketPath, Cancellation);
        await client.Continue(Cancellation);
        Assert.Equal(-1, await client.WaitForStop(Short, Cancellation));
        await client.Interrupt(Cancellation);
        Assert.Equal(1, stub.Interrupts);
        Assert.Equal("vCont;c", stub.Commands[^1]);
    }

    [Fact]
    public async Task ADamagedPacketIsAskedForAgain()
    {
        using var stub = new FakeStub(FakeStub.After(c => c == "-" ? [FakeStub.Packet("OK")] : ["+", "$OK#00"]));
        using GdbClient client = await GdbClient.Connect(stub.SocketPath, Cancellation);
        await client.Insert(0x10, Cancellation);
        Assert.Equal(1, stub.Refused);
    }

    [Fact]
    public async Task ARefusedPacketIsSentAgain()
    {
        int times = 0;
        using var stub = new FakeStub(FakeStub.After(_ => times++ == 0 ? ["-"] : ["+", FakeStub.Packet("OK")]));
        using GdbClient client = await GdbClient.Connect(stub.SocketPath, Cancellation);
        await client.Insert(0x10, Cancellation);
        Assert.Equal(["Z0,10,1", "Z0,10,1"], stub.Commands[2..]);
    }

    [Theory]
    [InlineData("E22", "E22")]
    [InlineData("", "not supported")]
    public async Task ARefusalIsAnErrorThatNamesTheCommand(string answer, string said)
    {
        using var stub = new FakeStub(FakeStub.After(_ => ["+", FakeStub.Packet(answer)]));
        using GdbClient client = await GdbClient.Connect(stub.SocketPath, Cancellation);
        LabException error = await Assert.ThrowsAsync<LabException>(() => client.Insert(0x10, Cancellation));
        Assert.Contains("'Z0,10,1'", error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsNotMappedIsNoMemory()
    {
        using var stub = new FakeStub(FakeStub.After(c =>
            ["+", FakeStub.Packet(c.StartsWith('H') || c.StartsWith('M') ? "OK" : c == "m10,2" ? "ebfe" : "E14")]));
        using GdbClient client = await GdbClient.Connect(stub.SocketPath, Cancellation);
        Assert.Equal([0xEB, 0xFE], await client.Read(0, 0x10, 2, Cancellation));
        Assert.Null(await client.Read(0, 0x20, 2, Cancellation));
        await client.Write(0, 0x30, 0x0102, Cancellation);
        Assert.Equal("M30,8:0201000000000000", stub.Commands[^1]);
    }

    [Fact]
    public async Task AClosedConnectionIsAnError()
    {
        using var stub = new FakeStub(FakeStub.After(_ => []));
        using GdbClient client = await GdbClient.Connect(stub.SocketPath, Cancellation);
        LabException error = await Assert.ThrowsAsync<LabException>(() => client.Insert(0x10, Cancellation));
        Assert.Contains("closed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SoIsNoListener()
    {
        using var folder = new TempFolder();
        await Assert.ThrowsAsync<LabException>(() => GdbClient.Connect(Path.Combine(folder.Path, "gdb"), Cancellation));
    }

    // rax, rbx, ... r15, rip, each with its number, then EFLAGS.
    private static string Registers()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 17; i++)
        {
            text.Append(Convert.ToHexStringLower(BitConverter.GetBytes(0x1000UL + (ulong)i)));
        }

        return text.Append(Convert.ToHexStringLower(BitConverter.GetBytes(0x246))).ToString();
    }
}
