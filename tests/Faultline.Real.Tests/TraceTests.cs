using Faultline.Kernel.Fs;
using Faultline.Kernel.Traces;
using Faultline.Real.Traces;

namespace Faultline.Real.Tests;

/// <summary>Real captures are paths of the model of their version; what no kernel does is refused, at its line.</summary>
public sealed class TraceTests
{
    private const string Ext4 = "linux-6.12-ext4.txt";

    [Theory]
    [InlineData("linux-6.1-ext4.txt", "v6.1", FilesystemKind.Ext4)]
    [InlineData("linux-6.1-xfs.txt", "v6.1", FilesystemKind.Xfs)]
    [InlineData(Ext4, "v6.12", FilesystemKind.Ext4)]
    public void Every_event_of_a_real_capture_is_accepted(string name, string kernel, FilesystemKind filesystem)
    {
        TraceResult result = Captures.Check(Captures.Lines(name), kernel, filesystem);
        Assert.Null(result.FirstRefused);
        Assert.Empty(result.NotJudged);
        Assert.Empty(result.File.Unreadable);
        Assert.Equal(0, result.Headless);
        int dax = result.File.Records.Count(r => r.Kind != TraceEventKind.PageFaultUser);
        Assert.Equal(dax, result.Records.Count(r => r.Kind != TraceEventKind.PageFaultUser));
        HashSet<TraceRecord> judged = [.. result.Units.SelectMany(u => u.Unit.Events).Select(e => e.Record)];
        Assert.All(result.Records, r => Assert.Contains(r, judged));
    }

    [Fact]
    public void Without_page_fault_user_it_is_accepted_too()
    {
        TraceResult result = Captures.Check(Captures.Of(Ext4, "0xe"), "v6.12", FilesystemKind.Ext4);
        Assert.Null(result.FirstRefused);
        Assert.Empty(result.NotJudged);
    }

    /// <summary>A line of one file's history changed, and the history is refused there.</summary>
    [Theory]
    [InlineData("0xc", 3, "pgoff 0x1 NOPAGE", "pgoff 0x1 FALLBACK")] // no PTE fault of DAX ends so
    [InlineData("0xc", 10, "MAJOR|NOPAGE", "MAJOR|DONE_COW")] // a shared store makes no private copy
    [InlineData("0xc", 10, "WRITE|MKWRITE|", "")] // the end of a store is that of a store
    [InlineData("0xf", 4, "NEEDDSYNC", "NOPAGE")] // a block was allocated: the metadata is not persistent yet
    [InlineData("0x10", 1, "radix_entry 0x15400d", "radix_entry 0x154005")] // a huge hole's entry is ZERO and PMD
    [InlineData("0x10", 8, "pglen 0x200", "pglen 0x1")] // the entry is a huge one
    [InlineData("0xe", 4, "DONE_COW", "NOPAGE")] // a private store where nothing is mapped, and nobody else is there
    public void A_changed_capture_is_refused(string ino, int index, string from, string to)
    {
        List<string> lines = Captures.Of(Ext4, ino);
        int changed = index + lines.Skip(index).TakeWhile(l => !l.Contains(from, StringComparison.Ordinal)).Count();
        lines[changed] = lines[changed].Replace(from, to, StringComparison.Ordinal);
        TraceResult result = Captures.Check(lines, "v6.12", FilesystemKind.Ext4);
        Assert.NotNull(result.FirstRefused);
        Assert.Equal(changed + 1, result.FirstRefused.Value.Event.Record.Line);
        Assert.NotEmpty(result.FirstRefused.Value.Unit.Followed!.Allowed);
    }

    [Fact]
    public void An_end_that_is_missing_is_noticed_at_the_next_beginning()
    {
        List<string> lines = Captures.Of(Ext4, "0xc");
        int end = lines.FindIndex(l => l.Contains("dax_pte_fault_done", StringComparison.Ordinal));
        string task = lines[end];
        lines.RemoveAt(end);
        lines.Insert(end, lines[0]); // the same fault once more
        TraceResult result = Captures.Check(lines, "v6.12", FilesystemKind.Ext4);
        Assert.Equal(end + 1, result.FirstRefused?.Event.Record.Line);
        Assert.Contains(result.FirstRefused!.Value.Unit.Followed!.Allowed, e => e.Kind == TraceEventKind.PteFaultDone);
        Assert.NotEmpty(task);
    }

    [Fact]
    public void A_capture_of_6_12_is_no_path_of_6_1() =>
        Assert.NotNull(Captures.Check(Captures.Of(Ext4, "0x12"), "v6.1", FilesystemKind.Ext4).FirstRefused);

    [Fact]
    public void After_lost_events_nothing_is_known_and_what_began_before_is_left_out()
    {
        List<string> lines = Captures.Of(Ext4, "0xd");
        lines.RemoveAt(0);
        lines.Insert(0, "CPU:1 [LOST 17 EVENTS]");
        TraceResult result = Captures.Check(lines, "v6.12", FilesystemKind.Ext4);
        Assert.Null(result.FirstRefused);
        Assert.Equal(1, result.Headless);
        Assert.Single(result.File.Lost);
    }

    [Fact]
    public void A_report_says_line_event_and_what_was_allowed()
    {
        List<string> lines = Captures.Of(Ext4, "0xd");
        lines[1] = lines[1].Replace("NOPAGE", "DONE_COW", StringComparison.Ordinal);
        var text = new StringWriter();
        TraceReport.Write(text, "t.txt", Captures.Check(lines, "v6.12", FilesystemKind.Ext4));
        Assert.Contains("t.txt:2: ", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("dax_pte_fault_done: shared (load) NOPAGE", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("No path: line 2 ", text.ToString(), StringComparison.Ordinal);
    }
}
