using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Dax;

/// <summary>fs/dax.c: page faults. Entered with the filesystem's fault lock held shared.</summary>
internal static class DaxFault
{
    /// <summary>
    /// fs/dax.c dax_iomap_pte_fault(): lock the entry, ask the filesystem for the block, then fill the private page, map the zero
    /// page, or map the block. Files do not shrink here, so the size test never fails.
    /// </summary>
    public static async Call<VmFault> DaxIomapPteFault(VmFaultInfo vmf)
    {
        Inode inode = vmf.Vma.Inode;
        bool write = vmf.IsWrite && !vmf.HasCowPage; // IOMAP_WRITE: not for private copies
        MappingEntry entry = await DaxEntries.GrabMappingEntry(inode, vmf.Page);
        Iomap iomap = await FilesystemOps.IomapBegin(inode, vmf.Page, write);
        VmFault ret;
        if (vmf.HasCowPage)
        {
            ret = await DaxFaultCowPage(vmf, iomap);
        }
        else if (iomap.Type == IomapType.Mapped)
        {
            ret = await DaxInsertMapping(vmf, entry, iomap);
        }
        else if (!write)
        {
            ret = await DaxLoadHole(vmf, entry);
        }
        else
        {
            Sites.Warn("dax_iomap_pte_fault"); // a write fault must have been given a block
            ret = VmFault.Sigbus;
        }

        await DaxEntries.PutLockedMappingEntry(vmf.Vma.Inode, vmf.Page);
        return iomap.IsNew ? ret | VmFault.Major : ret;
    }

    /// <summary>fs/dax.c dax_fault_cow_page() (v6.12), in v4.12 a part of dax_iomap_pte_fault(): fills the private page from the file and maps it.</summary>
    private static async Call<VmFault> DaxFaultCowPage(VmFaultInfo vmf, Iomap iomap)
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
    /// success: whoever put it there served the same fault.
    /// </summary>
    private static async Call<VmFault> DaxInsertMapping(VmFaultInfo vmf, MappingEntry entry, Iomap iomap)
    {
        await DaxInsertMappingEntry(vmf, entry, MappingEntry.Real(iomap.Pfn));
        bool mkwrite = vmf.IsWrite && Machine.Current.Version.SharedStoreInsert == SharedStoreInsert.WritableAtOnce;
        int error = mkwrite
            ? await Memory.VmInsertMixedMkwrite(vmf, iomap.Pfn)
            : await Memory.VmInsertMixed(vmf, iomap.Pfn);
        return DaxFaultReturn(error);
    }

    /// <summary>fs/dax.c dax_fault_return(), and the conversion in vmf_insert_mixed_mkwrite() and vmf_insert_page_mkwrite().</summary>
    private static VmFault DaxFaultReturn(int error) => error is Errno.Ok or Errno.EBusy ? VmFault.NoPage : VmFault.Sigbus;

    /// <summary>
    /// fs/dax.c dax_insert_mapping_entry() (v4.12), dax_insert_entry() (v4.20): unmaps what stood for the hole, puts the new entry,
    /// locked, in its place, and tags it DIRTY for a store. A real entry that is there already stays.
    /// </summary>
    [KernelName("dax_insert_mapping_entry")]
    private static async Call DaxInsertMappingEntry(VmFaultInfo vmf, MappingEntry old, MappingEntry replacement)
    {
        Inode inode = vmf.Vma.Inode;
        bool holeFilled = replacement.IsReal && (old.IsPage || old.IsZero);
        if (holeFilled && Machine.Current.Version.Mutation != Mutation.NoUnmapOfZeroPage)
        {
            await Memory.UnmapMappingRange(inode, vmf.Page, evenCows: false);
        }

        if (old.IsPage)
        {
            await ReplaceHolePage(vmf, replacement);
            return;
        }

        await inode.TreeLock.Lock();
        MappingEntry slot = inode.Entry(vmf.Page).Get();
        if (old.IsZero || old.IsEmpty)
        {
            WarnUnlessOurs(vmf, slot, old);
            slot = (slot.IsLocked ? replacement.Lock() : replacement).WithTagsOf(slot);
        }

        await inode.Entry(vmf.Page).Write(vmf.IsWrite ? slot.TagDirty() : slot);
        inode.TreeLock.Unlock();
    }

    /// <summary>fs/dax.c dax_insert_mapping_entry(), "hole fill" (before v4.14): the page leaves the page cache, and a locked entry takes its slot.</summary>
    private static async Call ReplaceHolePage(VmFaultInfo vmf, MappingEntry replacement)
    {
        Inode inode = vmf.Vma.Inode;
        await inode.TreeLock.Lock();
        inode.HolePageInCache(vmf.Page).Raw = 0;
        await DaxEntries.LockSlot(inode, vmf.Page, vmf.IsWrite ? replacement.TagDirty() : replacement);
        inode.TreeLock.Unlock();
        inode.HolePageLock(vmf.Page).Unlock();
    }

    private static void WarnUnlessOurs(VmFaultInfo vmf, MappingEntry slot, MappingEntry ours)
    {
        if (slot.WithoutTags().Unlock() != ours.WithoutTags().Unlock() || (!slot.IsLocked && ours.IsLocked))
        {
            Sites.Warn("dax_insert_mapping_entry", vmf.Vma.Inode.Entry(vmf.Page).Index, $"the slot holds {slot}");
        }
    }

    /// <summary>
    /// fs/dax.c dax_load_hole(). Before v4.14: a zeroed page-cache page in the slot, mapped read-only. Since: a zero entry in the
    /// slot, and the common zero page mapped read-only.
    /// </summary>
    private static async Call<VmFault> DaxLoadHole(VmFaultInfo vmf, MappingEntry entry)
    {
        if (Machine.Current.Version.HoleBacking == HoleBacking.PageCachePage)
        {
            Pfn page = entry.IsPage ? entry.Pfn : await Filemap.FindOrCreatePage(vmf.Vma.Inode, vmf.Page);
            await Memory.FinishFault(vmf, page);
            return VmFault.NoPage;
        }

        await DaxInsertMappingEntry(vmf, entry, MappingEntry.Zero);
        return DaxFaultReturn(await Memory.VmInsertMixed(vmf, Pfn.Zero));
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
            return VmFault.NoPage;
        }

        await DaxEntries.LockSlot(inode, vmf.Page, entry.TagDirty());
        inode.TreeLock.Unlock();
        await Memory.FinishMkwriteFault(vmf);
        await DaxEntries.DaxUnlockEntry(inode, vmf.Page);
        return VmFault.NoPage;
    }
}
