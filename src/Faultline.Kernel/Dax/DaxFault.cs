using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Dax;

/// <summary>fs/dax.c: page faults of 4 KiB. Entered with the filesystem's fault lock held shared.</summary>
internal static class DaxFault
{
    /// <summary>
    /// fs/dax.c dax_iomap_pte_fault(): lock the entry, ask the filesystem for the block, then fill the private page, map the zero
    /// page, or map the block.
    /// </summary>
    public static async Call<DaxFaultResult> DaxIomapPteFault(VmFaultInfo vmf)
    {
        await Tracepoints.Pte(TraceEventKind.PteFault, vmf);
        if (vmf.Page >= await vmf.Vma.Inode.ReadSize())
        {
            await Tracepoints.Pte(TraceEventKind.PteFaultDone, vmf, VmFault.Sigbus);
            return VmFault.Sigbus;
        }

        bool write = vmf.IsWrite && !vmf.HasCowPage; // IOMAP_WRITE: not for private copies
        bool early = Machine.Current.Version.BlockLookup == BlockLookup.BeforeEntryLock;
        bool exclusive = early && await LockIMmap(vmf, write);
        Iomap iomap = default;
        if (early)
        {
            vmf.Vma.Inode.NoteFaulting(vmf.Page, begins: true);
            iomap = await FilesystemOps.IomapBegin(vmf.Vma.Inode, vmf.Page, 1, Flags(write));
        }

        MappingEntry entry = await DaxGrab.GrabMappingEntry(vmf.Vma.Inode, vmf.Page, huge: false);
        if (await CollidesWithHuge(vmf))
        {
            UnlockIMmap(vmf, exclusive);
            await DaxEntries.PutLockedMappingEntry(vmf.Vma.Inode, vmf.Page);
            NoteEnd(vmf, early);
            await Tracepoints.Pte(TraceEventKind.PteFaultDone, vmf, VmFault.NoPage);
            return VmFault.NoPage;
        }

        if (!early)
        {
            exclusive = await LockIMmap(vmf, write);
            iomap = await FilesystemOps.IomapBegin(vmf.Vma.Inode, vmf.Page, 1, Flags(write));
        }

        if (exclusive && iomap.IsNew && await DaxGrab.FindLockPage(vmf.Vma.Inode, vmf.Page))
        {
            entry = vmf.Vma.Inode.Entry(vmf.Page).Raw; // a load put a hole's page there meanwhile
        }

        DaxFaultResult ret = await DaxFaultIter(vmf, entry, iomap, write);
        await FilesystemOps.IomapEnd(vmf.Vma.Inode, vmf.Page, iomap);
        UnlockIMmap(vmf, exclusive);
        await DaxEntries.PutLockedMappingEntry(vmf.Vma.Inode, vmf.Page);
        NoteEnd(vmf, early);
        ret = iomap.IsNew && (ret.Code & VmFault.Error) == 0 ? ret with { Code = ret.Code | VmFault.Major } : ret;
        await Tracepoints.Pte(TraceEventKind.PteFaultDone, vmf, ret.Code);
        return ret;
    }

    private static void NoteEnd(VmFaultInfo vmf, bool early)
    {
        if (early)
        {
            vmf.Vma.Inode.NoteFaulting(vmf.Page, begins: false);
        }
    }

    private static IomapFlags Flags(bool write) => write ? IomapFlags.Fault | IomapFlags.Write : IomapFlags.Fault;

    /// <summary>
    /// fs/dax.c __dax_fault() (843172978bb9): the fault keeps others out by i_mmap_rwsem, held exclusively, while it asks for a block and
    /// inserts it; where a page stands for the hole, by the page's lock instead. But a load may put a page there after this look, and
    /// then the fault unmaps it with i_mmap_rwsem held: the deadlock of 0f90cc6609c7.
    /// </summary>
    [KernelName("i_mmap_lock_write")]
    private static async Call<bool> LockIMmap(VmFaultInfo vmf, bool write)
    {
        if (!write || !Machine.Current.Footprint.Allocates || Machine.Current.Version.BlockZeroing != BlockZeroing.UnderIMmapLock)
        {
            return false;
        }

        MappingEntry seen = await vmf.Vma.Inode.Entry(vmf.Page).ReadOnce(); // find_get_page()
        if (seen.IsPage)
        {
            return false;
        }

        await vmf.Vma.Inode.IMmapRwsem.DownWrite();
        return true;
    }

    private static void UnlockIMmap(VmFaultInfo vmf, bool exclusive)
    {
        if (exclusive)
        {
            vmf.Vma.Inode.IMmapRwsem.UpWrite();
        }
    }

    /// <summary>fs/dax.c dax_iomap_pte_fault(), the collision check of e2093926a098: a huge page came meanwhile; take the fault again.</summary>
    private static async Call<bool> CollidesWithHuge(VmFaultInfo vmf)
    {
        if (!vmf.Vma.HasRoomForHuge || Machine.Current.Version.PmdCollisionCheck == PmdCollisionCheck.None)
        {
            return false;
        }

        Pmd pmd = await vmf.Pmd.ReadOnce();
        if (pmd.IsHuge)
        {
            Sites.Reach(Mark.DaxPmdCollision);
        }

        return pmd.IsHuge;
    }

    /// <summary>fs/dax.c dax_fault_iter() (v5.16), before a part of dax_iomap_pte_fault(): what the block, or its absence, asks for.</summary>
    private static Call<DaxFaultResult> DaxFaultIter(VmFaultInfo vmf, MappingEntry entry, Iomap iomap, bool write)
    {
        if (vmf.HasCowPage)
        {
            return DaxFaultCowPage(vmf, iomap);
        }

        if (iomap.Type == IomapType.Mapped)
        {
            return DaxInsertMapping(vmf, entry, iomap);
        }

        if (!write)
        {
            return DaxLoadHole(vmf, entry);
        }

        if (iomap.Type == IomapType.Unwritten && Machine.Current.Version.BlockZeroing != BlockZeroing.ByFilesystem)
        {
            return DaxInsertUnwritten(vmf, entry, iomap);
        }

        Sites.Warn("dax_iomap_pte_fault"); // a write fault must have been given a block
        return new Call<DaxFaultResult>(VmFault.Sigbus, done: true);
    }

    /// <summary>fs/dax.c dax_insert_mapping() (v4.3): a fault was given blocks as they were, zeroed them itself and then had them converted.</summary>
    private static async Call<DaxFaultResult> DaxInsertUnwritten(VmFaultInfo vmf, MappingEntry entry, Iomap iomap)
    {
        await ZeroNewBlock(vmf, iomap);
        return await DaxInsertMapping(vmf, entry, Iomap.Of(Extent.Of(IomapType.Mapped, iomap.Block), isNew: true));
    }

    /// <summary>fs/dax.c dax_insert_mapping() (v4.3): clear_pmem() of a block that is new to this fault, then complete_unwritten().</summary>
    private static async Call ZeroNewBlock(VmFaultInfo vmf, Iomap iomap)
    {
        for (int word = 0; word < PageData.WordsPerPage; word++)
        {
            await PageData.Word(iomap.Pfn, word).Write(0);
        }

        await vmf.Vma.Inode.BlockMapLock.DownWrite();
        vmf.Vma.Inode.Extent(vmf.Page).Set(Extent.Of(IomapType.Mapped, iomap.Block));
        vmf.Vma.Inode.BlockMapLock.UpWrite();
    }

    /// <summary>fs/dax.c dax_fault_cow_page() (v6.12), in v4.12 a part of dax_iomap_pte_fault(): fills the private page from the file and maps it.</summary>
    private static async Call<DaxFaultResult> DaxFaultCowPage(VmFaultInfo vmf, Iomap iomap)
    {
        if (iomap.Type == IomapType.Mapped)
        {
            for (int word = 0; word < PageData.WordsPerPage; word++)
            {
                int value = await PageData.Word(iomap.Pfn, word).ReadOnce();
                PageData.Word(vmf.CowPage, word).Raw = value;
            }
        }
        else
        {
            PageData.ClearUnreachable(vmf.CowPage);
        }

        VmFault ret = await Memory.FinishFault(vmf, vmf.CowPage);
        return ret == VmFault.None ? VmFault.DoneCow : ret;
    }

    /// <summary>
    /// fs/dax.c dax_insert_mapping() (v4.12): publish the entry, then insert the PTE. That a PTE is there already (-EBUSY) counts as
    /// success: whoever put it there served the same fault. A store that MAP_SYNC must see made persistent first gets no PTE yet.
    /// </summary>
    private static async Call<DaxFaultResult> DaxInsertMapping(VmFaultInfo vmf, MappingEntry entry, Iomap iomap)
    {
        bool sync = DaxSync.IsSynchronous(vmf, iomap);
        int failed = await DaxInsert.DaxInsertMappingEntry(
            vmf, entry, MappingEntry.Real(iomap.Pfn), DaxInsert.IsDirty(vmf, sync) | (iomap.IsShared ? InsertFlags.Shared : InsertFlags.None));
        if (failed != Errno.Ok)
        {
            return VmFault.Sigbus;
        }

        if (iomap.IsCopy)
        {
            await DaxIomap.DaxIomapCopyAround(iomap, whole: true, word: 0);
        }

        if (sync)
        {
            return new DaxFaultResult(VmFault.NeedDSync, iomap.Pfn);
        }

        await Tracepoints.InsertMapping(vmf, huge: false);
        if (!iomap.IsShared && HasNoReference(entry, iomap.Pfn))
        {
            return VmFault.Sigbus;
        }

        bool mkwrite = vmf.IsWrite && Machine.Current.Version.SharedStoreInsert == SharedStoreInsert.WritableAtOnce;
        int error = mkwrite
            ? await Memory.VmInsertMixedMkwrite(vmf, iomap.Pfn)
            : await Memory.VmInsertMixed(vmf, iomap.Pfn);
        return DaxFaultReturn(error);
    }

    /// <summary>
    /// fs/dax.c dax_fault_iter() (v6.15) takes its reference on the page of the entry that is in the slot. Where that is another block's, the page
    /// to be inserted may have none, and mm/memory.c vmf_insert_page_mkwrite() refuses it before it looks at the PTE. (Seen on 6.18.15.)
    /// </summary>
    /// <param name="kept">The entry that was in the slot, and stays there.</param>
    /// <param name="wanted">The page to be inserted.</param>
    public static bool HasNoReference(MappingEntry kept, Pfn wanted) =>
        Machine.Current.Version.DaxPages == DaxPages.Refcounted && kept.IsReal && !kept.IsHuge && kept.Pfn != wanted
        && Memory.CountMappings(wanted) == 0 && !(Machine.Current.Footprint.DirectReads && BlockAllocator.Pins(wanted.Index).Raw != 0);

    /// <summary>fs/dax.c dax_fault_return(), and the conversion in vmf_insert_mixed_mkwrite() and vmf_insert_page_mkwrite().</summary>
    public static VmFault DaxFaultReturn(int error) => error switch
    {
        Errno.Ok or Errno.EBusy => VmFault.NoPage,
        Errno.ENoMem => VmFault.Oom,
        _ => VmFault.Sigbus,
    };

    /// <summary>
    /// fs/dax.c dax_load_hole(). Before v4.14: a zeroed page-cache page in the slot, mapped read-only. Since: a zero entry in the
    /// slot, and the common zero page mapped read-only.
    /// </summary>
    [KernelName("dax_load_hole")]
    private static async Call<DaxFaultResult> DaxLoadHole(VmFaultInfo vmf, MappingEntry entry)
    {
        if (Machine.Current.Version.HoleBacking == HoleBacking.PageCachePage)
        {
            Pfn page = entry.IsPage ? entry.Pfn : await Filemap.FindOrCreatePage(vmf.Vma.Inode, vmf.Page);
            if (page.Kind != PfnKind.None)
            {
                await Memory.FinishFault(vmf, page);
            }

            await Tracepoints.Pte(TraceEventKind.LoadHole, vmf, VmFault.NoPage);
            return VmFault.NoPage;
        }

        await DaxInsert.DaxInsertMappingEntry(vmf, entry, MappingEntry.Zero, DaxInsert.IsDirty(vmf, sync: false));
        VmFault ret = DaxFaultReturn(await Memory.VmInsertMixed(vmf, Pfn.Zero));
        await Tracepoints.Pte(TraceEventKind.LoadHole, vmf, ret);
        return ret;
    }

    /// <summary>
    /// fs/dax.c dax_pfn_mkwrite() (before v4.14), the second fault of a first store: tags the entry DIRTY and makes the PTE writable.
    /// </summary>
    public static async Call<VmFault> DaxPfnMkwrite(VmFaultInfo vmf)
    {
        Inode inode = vmf.Vma.Inode;
        inode.EntryLock(vmf.Page).MightWait();
        await inode.TreeLock.Lock();
        MappingEntry entry = await DaxEntries.GetUnlockedEntry(inode, vmf.Page);
        if (entry.IsNone || entry.IsPage)
        {
            Sites.Reach(Mark.DaxPfnMkwriteNoEntry);
            inode.TreeLock.Unlock();
            await Tracepoints.Pte(TraceEventKind.PfnMkwriteNoEntry, vmf, VmFault.NoPage);
            return VmFault.NoPage;
        }

        await DaxEntries.LockSlot(inode, DaxEntries.SlotOf(inode, vmf.Page), entry.TagDirty());
        inode.TreeLock.Unlock();
        await Memory.FinishMkwriteFault(vmf);
        await DaxEntries.DaxUnlockEntry(inode, vmf.Page);
        await Tracepoints.Pte(TraceEventKind.PfnMkwrite, vmf, VmFault.NoPage);
        return VmFault.NoPage;
    }
}
