using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;

namespace Faultline.Real.Traces;

/// <summary>Sorts a capture's events into units: for each page of each file, what concerns it, in order.</summary>
internal sealed class Histories
{
    private const int PageShift = 12;
    private const long HugePages = 512;

    private readonly TraceFile file;
    private readonly Dictionary<TraceRecord, TracedVma> vmas = [];
    private readonly Dictionary<(TracedInode, TracedVma), VmaFacts> facts = [];
    private readonly Dictionary<(TracedInode, long), Unit> units = [];
    private readonly Dictionary<TracedInode, List<Unit>> byInode = [];
    private readonly List<TraceRecord> records = [];
    private readonly HashSet<(TracedInode, long)> hugeWriteback = [];

    private Histories(TraceFile file) => this.file = file;

    /// <summary>Faults of user mode at addresses that no fs_dax event names: of other mappings, or of a mapping's page that never got an event.</summary>
    public int OtherFaults { get; private set; }

    /// <summary>Events whose beginning is before the capture, or was lost.</summary>
    public int Headless { get; private set; }

    /// <summary>The units, by file and page.</summary>
    public IReadOnlyList<Unit> Units { get; private set; } = [];

    /// <summary>The judged events with their files: those of page_fault_user have got the file of their mapping.</summary>
    public IReadOnlyList<TraceRecord> Records => records;

    /// <summary>Sorts.</summary>
    public static Histories Of(TraceFile file)
    {
        var it = new Histories(file);
        it.Attribute();
        it.FindUnits();
        it.Distribute();
        return it;
    }

    /// <summary>Drops the ends of what began before the capture; gives each fault its mapping, and page_fault_user its file.</summary>
    private void Attribute()
    {
        var beginnings = new Beginnings(file.Lost);
        var seen = new Dictionary<(ulong Address, int Tgid), TraceRecord>();
        for (int i = 0; i < file.Records.Count; i++)
        {
            TraceRecord record = file.Records[i];
            if (record.Kind == TraceEventKind.PageFaultUser)
            {
                TraceRecord? became = FaultOf(i);
                TraceRecord? of = became ?? (record.Present && record.Flags != 0 ? seen.GetValueOrDefault((record.Address, record.Tgid)) : null);
                if (of is null)
                {
                    OtherFaults++;
                    continue;
                }

                record = record with { Inode = of.Inode, Page = of.Page, Shared = of.Shared, Alone = became is null };
                vmas[record] = vmas.TryGetValue(of, out TracedVma known) ? known : VmaOf(of);
                records.Add(record);
                continue;
            }

            record = beginnings.Complete(record);
            if (!beginnings.Knows(record))
            {
                Headless++;
                continue;
            }

            if (record.Kind < TraceEventKind.WritebackRange)
            {
                Note(record);
                seen[(record.Address, record.Tgid)] = record;
            }

            records.Add(record);
        }
    }

    // The next event of the task, if it is a fault at that address: the fault that this trap became.
    private TraceRecord? FaultOf(int trap)
    {
        TraceRecord record = file.Records[trap];
        for (int i = trap + 1; i < file.Records.Count; i++)
        {
            TraceRecord next = file.Records[i];
            if (next.Pid == record.Pid)
            {
                return next.Kind is TraceEventKind.PmdFault or TraceEventKind.PteFault && next.Address == record.Address ? next : null;
            }
        }

        return null;
    }

    private static TracedVma VmaOf(TraceRecord record) =>
        new(unchecked(record.Address - ((ulong)record.Page << PageShift)), record.Shared, record.Tgid);

    private void Note(TraceRecord record)
    {
        TracedVma vma = VmaOf(record);
        vmas[record] = vma;
        if (!facts.TryGetValue((record.Inode, vma), out VmaFacts? known))
        {
            facts[(record.Inode, vma)] = known = new VmaFacts();
        }

        known.Sync |= (record.Result & VmFault.NeedDSync) != 0 || record.Kind is TraceEventKind.InsertPfnMkwrite or TraceEventKind.InsertPfnMkwriteNoEntry;
        if (record.VmaEnd != 0)
        {
            known.Ends.Add((record.VmaStart, record.VmaEnd));
        }
    }

    private void FindUnits()
    {
        foreach (TraceRecord record in records)
        {
            bool one = record.Kind == TraceEventKind.WritebackOne && record.LastPage == record.Page;
            if (record.Kind == TraceEventKind.WritebackOne && !one)
            {
                hugeWriteback.Add((record.Inode, record.Page));
            }

            if (record.Kind < TraceEventKind.WritebackRange || one)
            {
                UnitAt(record.Inode, record.Page);
            }
        }

        foreach (TraceRecord record in records.Where(r => !byInode.ContainsKey(r.Inode)))
        {
            UnitAt(record.Inode, record.Page); // only writeback: its first page stands for the file
        }

        Units = [.. units.Values.OrderBy(u => u.Inode.Device, StringComparer.Ordinal).ThenBy(u => u.Inode.Ino).ThenBy(u => u.Page)];
    }

    private void UnitAt(TracedInode inode, long page)
    {
        if (units.ContainsKey((inode, page)))
        {
            return;
        }

        var unit = new Unit(inode, page);
        units[(inode, page)] = unit;
        if (!byInode.TryGetValue(inode, out List<Unit>? all))
        {
            byInode[inode] = all = [];
        }

        all.Add(unit);
    }

    private void Distribute()
    {
        var open = new Dictionary<(Unit, int), SlotState>();
        int lost = 0;
        foreach (TraceRecord record in records)
        {
            for (; lost < file.Lost.Count && file.Lost[lost].Line < record.Line; lost++)
            {
                open.Clear();
                foreach (Unit unit in Units)
                {
                    unit.Gaps.Add(unit.Events.Count);
                }
            }

            foreach (Unit unit in byInode[record.Inode])
            {
                if (Project(unit, record) is { } e)
                {
                    Append(unit, record, e, open);
                }
            }
        }
    }

    /// <summary>What a record is to a unit; null: nothing.</summary>
    private TraceEvent? Project(Unit unit, TraceRecord record)
    {
        long huge = unit.Page / HugePages * HugePages;
        if (record.Kind >= TraceEventKind.WritebackRange)
        {
            return Writeback(unit, record);
        }

        bool same = record.Page == unit.Page;
        bool pmd = record.Kind is TraceEventKind.PmdFault or TraceEventKind.PmdFaultDone or TraceEventKind.PmdLoadHole
            or TraceEventKind.PmdLoadHoleFallback or TraceEventKind.PmdInsertMapping;
        if (!same && (!pmd || record.Page / HugePages * HugePages != huge || (record.Result & VmFault.Sigbus) != 0))
        {
            return null;
        }

        int map = MapOf(unit, record);
        if (!same && (!unit.Maps[map].FitsHuge || (record.FilePages >= 0 && record.Page >= record.FilePages)))
        {
            return null;
        }

        return new TraceEvent(record.Kind)
        {
            Object = map,
            Page = same ? 0 : 1,
            Flags = record.Flags,
            Result = record.Result,
            Pages = SizeOf(unit, record),
            Entry = record.Kind == TraceEventKind.PageFaultUser ? (record.Present ? EntryBits.Locked : 0) : RadixEntry.Bits(record),
        };
    }

    // Writeback of other pages concerns a unit only where it may clean a huge entry. Where a range ends is told by where it began.
    private TraceEvent? Writeback(Unit unit, TraceRecord record)
    {
        long huge = unit.Page / HugePages * HugePages;
        bool covers = record.Page <= unit.Page && unit.Page <= record.LastPage;
        bool nearby = hugeWriteback.Contains((unit.Inode, huge)) && record.Page < huge + HugePages && record.LastPage >= huge;
        bool one = record.Kind == TraceEventKind.WritebackOne;
        return covers || record.Kind == TraceEventKind.WritebackRangeDone || (nearby && !one)
            ? new TraceEvent(record.Kind) { Page = covers ? 0 : 1, Pages = one && record.LastPage > record.Page ? 2 : 1 }
            : null;
    }

    // 0: the page is behind the end of the file; 1: in it, but not the whole huge page; 2: all of it.
    private static int SizeOf(Unit unit, TraceRecord record)
    {
        long end = (unit.Page / HugePages * HugePages) + HugePages;
        return record.FilePages < 0 || record.FilePages <= unit.Page ? 0 : record.FilePages < end ? 1 : 2;
    }

    private int MapOf(Unit unit, TraceRecord record)
    {
        TracedVma vma = vmas[record];
        int at = unit.Maps.FindIndex(m => m.Vma == vma);
        if (at < 0)
        {
            VmaFacts known = facts[(unit.Inode, vma)];
            ulong first = unchecked(vma.Base + ((ulong)(unit.Page / HugePages * HugePages) << PageShift));
            ulong end = first + ((ulong)HugePages << PageShift);
            bool aligned = first % ((ulong)HugePages << PageShift) == 0;
            bool fits = aligned && (known.Ends.Count == 0 || known.Ends.Any(e => e.Start <= first && end <= e.End));
            at = unit.Maps.Count;
            unit.Maps.Add(new UnitMap(vma, known.Sync, fits));
        }

        return at;
    }

    private static void Append(Unit unit, TraceRecord record, TraceEvent e, Dictionary<(Unit, int), SlotState> open)
    {
        bool busy = open.TryGetValue((unit, record.Pid), out SlotState? state);
        if (record.Kind == TraceEventKind.WritebackRangeDone && state is not { InRange: true })
        {
            return; // its beginning did not concern this page
        }

        if (!busy || state is null)
        {
            HashSet<int> taken = [.. open.Where(o => o.Key.Item1 == unit).Select(o => o.Value.Slot)];
            int free = Enumerable.Range(0, taken.Count + 1).First(s => !taken.Contains(s));
            open[(unit, record.Pid)] = state = new SlotState { Slot = free };
            unit.Slots = Math.Max(unit.Slots, free + 1);
        }

        unit.Events.Add(new UnitEvent(record, state.Slot, e, record.Pid));
        if (Ends(record, state) || (e.Page != 0 && record.Kind == TraceEventKind.PmdFaultDone && (record.Result & VmFault.NeedDSync) == 0))
        {
            open.Remove((unit, record.Pid));
        }
    }

    private static bool Ends(TraceRecord record, SlotState state)
    {
        state.InRange = record.Kind is TraceEventKind.WritebackRange or TraceEventKind.WritebackOne;
        switch (record.Kind)
        {
            case TraceEventKind.PageFaultUser:
                return record.Alone;
            case TraceEventKind.PteFaultDone or TraceEventKind.PmdFaultDone when (record.Result & VmFault.NeedDSync) != 0:
                state.Syncs = true;
                return false;
            case TraceEventKind.PmdFaultDone:
                return (record.Result & VmFault.Fallback) == 0;
            case TraceEventKind.WritebackRangeDone:
                return !state.Syncs;
            default:
                return record.Kind is TraceEventKind.PteFaultDone or TraceEventKind.InsertPfnMkwrite or TraceEventKind.InsertPfnMkwriteNoEntry
                    or TraceEventKind.PfnMkwrite or TraceEventKind.PfnMkwriteNoEntry;
        }
    }

    private sealed class VmaFacts
    {
        public bool Sync { get; set; }

        public HashSet<(ulong Start, ulong End)> Ends { get; } = [];
    }

    private sealed class SlotState
    {
        public int Slot { get; init; }

        public bool Syncs { get; set; }

        public bool InRange { get; set; }
    }
}
