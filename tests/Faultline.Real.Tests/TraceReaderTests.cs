using CsCheck;
using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;
using Faultline.Real.Traces;

namespace Faultline.Real.Tests;

/// <summary>ftrace text in its many forms; no line stops the reader.</summary>
public sealed class TraceReaderTests
{
    private const string Fault = "dax_pte_fault_done: dev 259:0 ino 0xc shared WRITE|MKWRITE|ALLOW_RETRY|VMA_LOCK|0x800 address 0x7fbf5f43f123 pgoff 0x2 MAJOR|NOPAGE";

    [Theory]
    [InlineData("           facts-139     [001] .....     5.384532: ")] // trace
    [InlineData("           facts-139   [001]     5.384532: ")] // trace-cmd report, or without irq-info
    [InlineData("           facts-139     (    138) [001] d..1.     5.384532: ")] // record-tgid
    [InlineData("  my prog [x] 2-139     [001] .....     5.384532: ")] // a name with spaces and brackets
    [InlineData("           facts-139     [001] .....     5.384532: fs_dax:")] // with its system
    public void All_forms_of_a_line(string head)
    {
        TraceFile file = Read(head + Fault);
        TraceRecord record = Assert.Single(file.Records);
        Assert.Equal((139, 1, TraceEventKind.PteFaultDone, 2L), (record.Pid, record.Cpu, record.Kind, record.Page));
        Assert.Equal(FaultFlags.Write | FaultFlags.MkWrite | FaultFlags.VmaLock, record.Flags);
        Assert.Equal(VmFault.Major | VmFault.NoPage, record.Result);
        Assert.Equal(0x7fbf5f43f000ul, record.Address);
    }

    [Fact]
    public void Trace_cmd_pads_the_fields() =>
        Assert.Single(Read("           facts-139   [001]     5.384532: page_fault_user:      address=0x7fbf ip=0x40174b error_code=0x4").Records);

    [Fact]
    public void Everything_else_is_counted()
    {
        TraceFile file = Read(string.Join('\n',
            "# tracer: nop",
            "CPU:1 [LOST 12 EVENTS]",
            "##### CPU 0 buffer started ####",
            "cat-1 [000] ..... 1.0: sched_switch: prev_comm=x",
            "cat-1 [000] ..... 1.0: " + Fault[..70], // cut off
            "00] ..... 1.0: " + Fault, // its beginning is missing
            " => dax_iomap_fault",
            "cpus=2"));
        Assert.Empty(file.Records);
        Assert.Equal(2, file.Lost.Count);
        Assert.Equal(2, file.Unreadable.Count);
        Assert.Equal(1, file.OtherEvents["sched_switch"]);
        Assert.Equal(3, file.OtherLines);
        Assert.Equal(8, file.Lines);
    }

    [Fact]
    public void Torn_text_never_stops_it() => Gen.Select(Gen.Int[0, 40], Gen.Int[0, 300], Gen.Int[0, 300]).Sample(
        (start, cut, insert) =>
        {
            string text = string.Join('\n', Captures.Lines("linux-6.1-ext4.txt").Skip(40 + start).Take(6));
            string torn = text.Insert(Math.Min(insert, text.Length), text[..Math.Min(cut, text.Length)]);
            TraceFile file = Read(torn[..Math.Min(torn.Length, 500 + cut)]);
            Assert.Equal(file.Lines, file.Records.Count + file.OtherEvents.Values.Sum() + file.OtherLines + file.Unreadable.Count + file.Lost.Count);
        },
        iter: 500);

    private static TraceFile Read(string text) => TraceReader.Read(new StringReader(text));
}
