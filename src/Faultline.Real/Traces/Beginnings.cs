using Faultline.Kernel.Traces;

namespace Faultline.Real.Traces;

/// <summary>
/// Which events' beginnings a capture holds. A task's event that only goes on with something (an end, an insertion) says nothing when that
/// something began before the capture or where events were lost; and some events leave out fields that their beginning has.
/// </summary>
internal sealed class Beginnings(IReadOnlyList<LostEvents> lost)
{
    private readonly Dictionary<int, TraceRecord> last = [];
    private readonly HashSet<int> known = [];
    private int gap;

    /// <summary>Fills in the page of an event that prints only an address.</summary>
    public TraceRecord Complete(TraceRecord record) => record.Page >= 0 ? record
        : last.TryGetValue(record.Pid, out TraceRecord? begun) && begun.Inode == record.Inode
            ? record with { Page = begun.Page, Flags = record.Flags | begun.Flags, Address = begun.Address }
            : record;

    /// <summary>Is the beginning of what it belongs to in the capture?</summary>
    public bool Knows(TraceRecord record)
    {
        for (; gap < lost.Count && lost[gap].Line < record.Line; gap++)
        {
            known.Clear();
            last.Clear();
        }

        if (record.Kind is TraceEventKind.PteFault or TraceEventKind.PmdFault or TraceEventKind.WritebackRange)
        {
            known.Add(record.Pid);
            last[record.Pid] = record;
            return true;
        }

        return record.Page >= 0 && known.Contains(record.Pid);
    }
}
