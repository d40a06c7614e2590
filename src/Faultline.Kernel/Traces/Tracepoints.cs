using Faultline.Engine;
using Faultline.Engine.Sync;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Traces;

/// <summary>Where modelled functions fire the kernel's trace events. Nothing is built or fired while nobody records.</summary>
internal static class Tracepoints
{
    private static bool Off => Execution.Current.Recorder is null;

    /// <summary>arch/x86/mm/fault.c trace_page_fault_entries(). Not every fault is one of user mode.</summary>
    public static TraceStep PageFaultUser(Vma vma, int page, bool write, bool present) => Off ? default : new TraceStep(
        new TraceEvent(TraceEventKind.PageFaultUser)
        {
            Object = vma.Index,
            Page = page,
            Flags = write ? FaultFlags.Write : FaultFlags.None,
            Entry = present ? EntryBits.Locked : EntryBits.None,
        }.Pack(),
        optional: true);

    /// <summary>An event of a fault of 4 KiB.</summary>
    public static TraceStep Pte(TraceEventKind kind, VmFaultInfo vmf, VmFault result = VmFault.None) => Off ? default : new TraceStep(
        new TraceEvent(kind) { Object = vmf.Vma.Index, Page = vmf.Page, Flags = vmf.Flags, Result = result }.Pack());

    /// <summary>An event of a fault of 2 MiB; it prints the size of the file, too.</summary>
    public static TraceStep Pmd(TraceEventKind kind, VmFaultInfo vmf, VmFault result = VmFault.None) => Off ? default : new TraceStep(
        new TraceEvent(kind)
        {
            Object = vmf.Vma.Index,
            Page = vmf.Page,
            Pages = vmf.Vma.Inode.SizeNow,
            Flags = vmf.Flags,
            Result = result,
        }.Pack());

    /// <summary>dax_pmd_load_hole, or dax_pmd_load_hole_fallback: prints the entry, not the fault's flags.</summary>
    public static TraceStep PmdHole(VmFaultInfo vmf, bool inserted) => Off ? default : new TraceStep(
        new TraceEvent(inserted ? TraceEventKind.PmdLoadHole : TraceEventKind.PmdLoadHoleFallback)
        {
            Object = vmf.Vma.Index,
            Page = vmf.Page,
            Entry = EntryBits.Pmd | EntryBits.ZeroPage,
        }.Pack());

    /// <summary>
    /// dax_insert_mapping and dax_pmd_insert_mapping: prints the entry, and of the flags only whether it is a store. Not fired any more
    /// since PTE and PMD faults share dax_fault_iter() (v5.15).
    /// </summary>
    public static TraceStep InsertMapping(VmFaultInfo vmf, bool huge) =>
        Off || FunctionNames.HasInvalidateLock(Machine.Current.Version.Name) ? default : new TraceStep(
            new TraceEvent(huge ? TraceEventKind.PmdInsertMapping : TraceEventKind.InsertMapping)
            {
                Object = vmf.Vma.Index,
                Page = vmf.Page,
                Flags = vmf.Flags & FaultFlags.Write,
                Entry = huge ? EntryBits.Pmd : EntryBits.None,
            }.Pack());

    /// <summary>
    /// dax_writeback_range. Its caller, mm/filemap.c filemap_fdatawrite_wbc(), does not come here for a file without DIRTY entries; where a
    /// part of a file stands for all of it, that is not known.
    /// </summary>
    public static TraceStep WritebackRange(Inode inode, int page, int pages)
    {
        bool dirty = Off || AnyDirty(inode);
        return Off || (!dirty && !Execution.Current.StopsAtTraces)
            ? default
            : new TraceStep(Range(TraceEventKind.WritebackRange, inode, page, pages), optional: !dirty);
    }

    /// <summary>dax_writeback_range_done, where dax_writeback_range was fired.</summary>
    public static TraceStep WritebackRangeDone(Inode inode, int page, int pages, bool began) =>
        Off || !began ? default : new TraceStep(Range(TraceEventKind.WritebackRangeDone, inode, page, pages));

    /// <summary>dax_writeback_one.</summary>
    public static TraceStep WritebackOne(Inode inode, int slot, MappingEntry entry) => Off ? default : new TraceStep(
        Range(TraceEventKind.WritebackOne, inode, slot, entry.IsHuge ? Machine.Current.Program.HugePagePages : 1));

    /// <summary>Does some entry of the file carry DIRTY? (<c>mapping_tagged()</c>; takes no lock)</summary>
    public static bool AnyDirty(Inode inode)
    {
        bool any = false;
        for (int page = 0; page < inode.Capacity; page++)
        {
            any |= inode.Entry(page).Raw.IsDirty;
        }

        return any;
    }

    private static long Range(TraceEventKind kind, Inode inode, int page, int pages) =>
        new TraceEvent(kind) { Object = inode.Index, Page = page, Pages = pages }.Pack();
}
