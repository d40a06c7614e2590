using System.Globalization;
using Faultline.Explain.Traces;
using Faultline.Kernel.Traces;

namespace Faultline.Real.Traces;

/// <summary>Writes what became of a capture.</summary>
public static class TraceReport
{
    private const int MostOther = 8;
    private const int MostChanges = 12;

    /// <summary>Writes it.</summary>
    /// <param name="to">Where.</param>
    /// <param name="name">The capture's name.</param>
    /// <param name="result">What became of it.</param>
    /// <param name="histories">Tell each file's history, too.</param>
    public static void Write(TextWriter to, string name, TraceResult result, bool histories = false)
    {
        string on = $"{result.Options.Kernel.Name}, {(result.Options.Filesystem == Kernel.Fs.FilesystemKind.Ext4 ? "ext4" : "xfs")}";
        to.WriteLine($"Trace {name} on {on}");
        WriteRefusal(to, name, result);
        if (histories)
        {
            WriteHistories(to, result);
        }

        WriteChanges(to, result);
        WriteCounts(to, name, result);
        to.WriteLine(Verdict(result));
    }

    /// <summary>The verdict in a line.</summary>
    public static string Verdict(TraceResult result)
    {
        int files = result.Units.Select(u => u.Unit.Inode).Distinct().Count(), left = result.NotJudged.Count();
        string of = $"{Number(result.Records.Count, "event")} of {Number(files, "file")}, {Number(result.Units.Count, "page")}";
        return result.FirstRefused is { } refused ? $"No path: line {refused.Event.Record.Line} is the first event that the model does not have."
            : left > 0 ? $"*** NOT COMPLETE: {Number(left, "page")} of {result.Units.Count} not judged ***"
            : result.Records.Count == 0 ? "Nothing to judge: no event that the model knows."
            : $"Ok: {of}: every history is a path of the model.";
    }

    private static void WriteRefusal(TextWriter to, string name, TraceResult result)
    {
        if (result.FirstRefused is not { } first)
        {
            return;
        }

        Unit unit = first.Unit.Unit;
        to.WriteLine();
        to.WriteLine($"{name}:{first.Event.Record.Line}: {first.Event.Record.Task} on CPU {first.Event.Record.Cpu}: not a path of the model");
        to.WriteLine($"  {first.Event.Record.Text}");
        to.WriteLine("allowed here, from the same task:");
        string[] allowed = [.. first.Unit.Followed!.Allowed.Select(e => Words(e, unit)).Distinct().Order(StringComparer.Ordinal)];
        foreach (string line in allowed.DefaultIfEmpty("nothing that fires an event: the task has nothing under way, or waits for another"))
        {
            to.WriteLine($"  {line}");
        }

        to.WriteLine($"before it, of page 0x{unit.Page:x}:");
        foreach (UnitEvent e in unit.Events.Take(first.Unit.Followed.Refused).TakeLast(4))
        {
            to.WriteLine($"  {name}:{e.Record.Line}: {e.Record.Task}: {e.Record.Text}");
        }

        int others = result.Units.Count(u => u.Followed is { Refused: >= 0 }) - 1;
        if (others > 0)
        {
            to.WriteLine($"(the histories of {Number(others, "more page")} end at a later event)");
        }

        to.WriteLine();
    }

    private static void WriteHistories(TextWriter to, TraceResult result)
    {
        foreach (IGrouping<TracedInode, UnitResult> file in result.Units.GroupBy(u => u.Unit.Inode))
        {
            to.WriteLine($"{file.Key}:");
            foreach (UnitResult u in file)
            {
                int faults = u.Unit.Events.Count(e => e.Event.Kind is TraceEventKind.PteFaultDone or TraceEventKind.PmdFaultDone);
                int back = u.Unit.Events.Count(e => e.Event.Kind == TraceEventKind.WritebackOne);
                string maps = string.Join(", ", u.Unit.Maps.Select(m => $"{(m.Vma.Shared ? "shared" : "private")}{(m.Sync ? " MAP_SYNC" : "")}{(m.FitsHuge ? " huge" : "")}"));
                string became = u.WhyNot ?? (u.Followed!.GaveUp ? "not judged: too many states" : u.Followed.Refused >= 0 ? $"no path at line {u.Unit.Events[u.Followed.Refused].Record.Line}" : "ok");
                to.WriteLine($"  page 0x{u.Unit.Page:x}: {Number(faults, "fault")}, {Number(back, "writeback")}; mapped {(maps.Length == 0 ? "nowhere" : maps)}: {became}");
            }
        }
    }

    // What no event shows, and the history needs: a reader can tell whether that is what the program did.
    private static void WriteChanges(TextWriter to, TraceResult result)
    {
        var changes = result.Units
            .Where(u => u.Followed is { Refused: < 0 })
            .SelectMany(u => u.Followed!.Hidden.Select(h => (u.Unit.Events[h.Before].Record.Line, u.Unit, h.What)))
            .OrderBy(c => c.Line).ToList();
        if (changes.Count == 0)
        {
            return;
        }

        to.WriteLine($"The model needs {Number(changes.Count, "change")} that no event shows (one way to explain it; others may do as well):");
        foreach ((int line, Unit unit, string what) in changes.Take(MostChanges))
        {
            to.WriteLine($"  before line {line}: {unit.Inode} page 0x{unit.Page:x}: {what}");
        }

        if (changes.Count > MostChanges)
        {
            to.WriteLine($"  ... and {changes.Count - MostChanges} more");
        }
    }

    private static void WriteCounts(TextWriter to, string name, TraceResult result)
    {
        TraceFile file = result.File;
        to.WriteLine($"{Number(file.Lines, "line")}: {Number(file.Records.Count, "known event")}, {Number(file.OtherEvents.Values.Sum(), "other event")}"
            + $", {Number(file.OtherLines, "other line")}, {Number(file.Unreadable.Count, "unreadable line")}, events lost in {Number(file.Lost.Count, "place")}");
        foreach (KeyValuePair<string, int> other in file.OtherEvents.OrderByDescending(o => o.Value).Take(MostOther))
        {
            to.WriteLine($"  not modelled: {other.Key} ({other.Value})");
        }

        foreach (UnreadableLine line in file.Unreadable.Take(MostOther))
        {
            to.WriteLine($"  {name}:{line.Line}: cannot be read (expected {line.Expected})");
        }

        foreach (LostEvents lost in file.Lost.Take(MostOther))
        {
            to.WriteLine($"  {name}:{lost.Line}: {lost.Text}: nothing is known of any page after it");
        }

        if (result.OtherFaults > 0)
        {
            to.WriteLine($"  page_fault_user of other mappings: {result.OtherFaults}");
        }

        if (result.Headless > 0)
        {
            to.WriteLine($"  events whose beginning is not in the capture: {result.Headless}");
        }

        foreach (UnitResult unit in result.NotJudged.Take(MostOther))
        {
            to.WriteLine($"  not judged: {unit.Unit.Inode} page 0x{unit.Unit.Page:x}: {unit.WhyNot ?? "too many states (--max-states)"}");
        }
    }

    private static string Words(TraceEvent e, Unit unit)
    {
        string name = TraceEventNames.Of(e.Kind);
        if (!e.IsFault)
        {
            return e.Kind == TraceEventKind.WritebackOne ? $"{name}: {(e.Pages == 1 ? "this page" : "the huge page")}" : name;
        }

        string kind = unit.Maps[e.Object].Vma.Shared ? "shared" : "private";
        string flags = TraceWords.Named(e.Flags), result = TraceWords.Of(e.Result);
        string size = e.Kind is TraceEventKind.PmdFault or TraceEventKind.PmdFaultDone
            ? e.Pages switch { 0 => ", the file ends before it", 1 => ", the file ends within the huge page", _ => "" }
            : "";
        string entry = e.Kind == TraceEventKind.PageFaultUser ? (e.Entry == EntryBits.None ? ", no PTE" : ", PTE present") : e.Entry == EntryBits.None ? "" : $", entry {e.Entry}";
        return $"{name}: {kind} {(flags.Length == 0 ? "(load)" : flags)}{(result.Length == 0 ? "" : " " + result)}{size}{entry}";
    }

    private static string Number(int n, string what) => $"{n.ToString("N0", CultureInfo.InvariantCulture)} {what}{(n == 1 ? "" : "s")}";
}
