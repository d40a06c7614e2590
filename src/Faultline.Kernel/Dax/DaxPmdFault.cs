using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Dax;

/// <summary>fs/dax.c: page faults of 2 MiB. Entered with the filesystem's fault lock held shared.</summary>
internal static class DaxPmdFault
{
    /// <summary>
    /// fs/dax.c dax_iomap_pmd_fault(): as for 4 KiB, but whatever does not suit a huge page makes it fall back, and a fallback splits
    /// the huge PMD that may be there. It is SIGBUS at once where the whole huge page lies beyond the end; else a page beyond the end falls back,
    /// and the 4 KiB fault finds that. (Before v5.15 a private store fell back first, to the same end.)
    /// </summary>
    public static async Call<DaxFaultResult> DaxIomapPmdFault(VmFaultInfo vmf)
    {
        await Tracepoints.Pmd(TraceEventKind.PmdFault, vmf);
        int size = await vmf.Vma.Inode.ReadSize();
        if (vmf.HugeStart >= size)
        {
            await Tracepoints.Pmd(TraceEventKind.PmdFaultDone, vmf, VmFault.Sigbus);
            return VmFault.Sigbus;
        }

        if (!FitsMapping(vmf) || Inode.HugeStart(vmf.HugeStart) + HugePagePages > size)
        {
            return await Fallback(vmf);
        }

        bool early = Machine.Current.Version.BlockLookup == BlockLookup.BeforeEntryLock;
        Iomap iomap = default;
        if (early)
        {
            iomap = await FilesystemOps.IomapBegin(vmf.Vma.Inode, vmf.HugeStart, HugePagePages, Flags(vmf));
        }

        MappingEntry entry = await DaxGrab.GrabMappingEntry(vmf.Vma.Inode, vmf.HugeStart, huge: true);
        if (entry.Kind == EntryKind.Conflict)
        {
            return await Fallback(vmf);
        }

        if (await CollidesWithTable(vmf))
        {
            await DaxEntries.DaxUnlockEntry(vmf.Vma.Inode, vmf.HugeStart);
            await Tracepoints.Pmd(TraceEventKind.PmdFaultDone, vmf);
            return VmFault.None;
        }

        if (!early)
        {
            iomap = await FilesystemOps.IomapBegin(vmf.Vma.Inode, vmf.HugeStart, HugePagePages, Flags(vmf));
        }

        DaxFaultResult ret = iomap.Pages < HugePagePages ? VmFault.Fallback : await DaxPmdInsertMapping(vmf, entry, iomap);
        await DaxEntries.DaxUnlockEntry(vmf.Vma.Inode, vmf.HugeStart);
        if (ret.Code == VmFault.Fallback)
        {
            return await Fallback(vmf);
        }

        await Tracepoints.Pmd(TraceEventKind.PmdFaultDone, vmf, ret.Code);
        return ret;
    }

    private static int HugePagePages => Machine.Current.Program.HugePagePages;

    private static IomapFlags Flags(VmFaultInfo vmf) => vmf.IsWrite ? IomapFlags.Fault | IomapFlags.Write : IomapFlags.Fault;

    // fs/dax.c dax_fault_check_fallback() (v5.16): no private stores, the right colour, and a whole huge page inside the mapping.
    private static bool FitsMapping(VmFaultInfo vmf)
    {
        bool colourDiffers = vmf.Vma.Colour != 0;
        if (colourDiffers && Machine.Current.Version.PmdColour == PmdColour.Checked)
        {
            return false;
        }

        return (!vmf.IsWrite || vmf.Vma.IsShared) && vmf.HugeStart >= vmf.Vma.FirstPage && vmf.HugeStart + HugePagePages <= vmf.Vma.EndPage;
    }

    /// <summary>fs/dax.c dax_iomap_pmd_fault(), fallback: split_huge_pmd(), then 4 KiB.</summary>
    private static async Call<DaxFaultResult> Fallback(VmFaultInfo vmf)
    {
        Sites.Reach(Mark.DaxPmdFallback);
        await HugeMemory.SplitHugePmd(vmf.Vma, vmf.Vma.PmdOf(vmf.Page));
        await Tracepoints.Pmd(TraceEventKind.PmdFaultDone, vmf, VmFault.Fallback);
        return VmFault.Fallback;
    }

    /// <summary>fs/dax.c dax_iomap_pmd_fault(), the collision check of e2093926a098: a page table came meanwhile; take the fault again.</summary>
    private static async Call<bool> CollidesWithTable(VmFaultInfo vmf)
    {
        if (Machine.Current.Version.PmdCollisionCheck == PmdCollisionCheck.None)
        {
            return false;
        }

        Pmd pmd = await vmf.Pmd.ReadOnce();
        if (pmd.IsTable)
        {
            Sites.Reach(Mark.DaxPmdCollision);
        }

        return pmd.IsTable;
    }

    /// <summary>fs/dax.c dax_pmd_insert_mapping() (v4.12), dax_fault_iter() (v5.16): publish the entry, then insert the PMD.</summary>
    private static async Call<DaxFaultResult> DaxPmdInsertMapping(VmFaultInfo vmf, MappingEntry entry, Iomap iomap)
    {
        if (iomap.Type != IomapType.Mapped)
        {
            if (vmf.IsWrite)
            {
                Sites.Warn("dax_iomap_pmd_fault"); // a write fault must have been given blocks
                return VmFault.Fallback;
            }

            return await DaxPmdLoadHole(vmf, entry);
        }

        if (iomap.Block % HugePagePages != 0)
        {
            return VmFault.Fallback;
        }

        bool sync = DaxSync.IsSynchronous(vmf, iomap);
        await DaxInsert.DaxInsertMappingEntry(vmf, entry, MappingEntry.Real(iomap.Pfn).AsHuge(), DaxInsert.IsDirty(vmf, sync));
        if (sync)
        {
            return new DaxFaultResult(VmFault.NeedDSync, iomap.Pfn);
        }

        await Tracepoints.InsertMapping(vmf, huge: true);
        VmFault ret = await HugeMemory.InsertPfnPmd(vmf, iomap.Pfn, vmf.IsWrite);
        return ret;
    }

    /// <summary>
    /// fs/dax.c dax_pmd_load_hole(): the entry becomes one for the huge zero page before it is known whether the PMD is free; if it is
    /// not, the fault falls back (since v6.18 it is done).
    /// </summary>
    private static async Call<DaxFaultResult> DaxPmdLoadHole(VmFaultInfo vmf, MappingEntry entry)
    {
        await DaxInsert.DaxInsertMappingEntry(vmf, entry, MappingEntry.Zero.AsHuge(), DaxInsert.IsDirty(vmf, sync: false));
        await vmf.Vma.PmdLock.Lock();
        bool free = vmf.Pmd.Get().IsNone;
        if (free)
        {
            await PageTable.SetPmdAt(vmf.Pmd, Pmd.Huge(Pte.ReadOnly(Pfn.HugeZero)));
        }
        else
        {
            Sites.Reach(Mark.DaxPmdLoadHolePresent);
        }

        vmf.Vma.PmdLock.Unlock();
        await Tracepoints.PmdHole(vmf, free);
        return free || Machine.Current.Version.PmdHolePresent == PmdHolePresent.NoPage ? VmFault.NoPage : VmFault.Fallback;
    }
}
