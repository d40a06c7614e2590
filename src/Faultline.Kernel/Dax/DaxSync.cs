using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Dax;

/// <summary>fs/dax.c: MAP_SYNC. A store's PTE is inserted only after the metadata that leads to its block is persistent (v4.15).</summary>
internal static class DaxSync
{
    /// <summary>fs/dax.c dax_fault_is_synchronous(): a store through a MAP_SYNC mapping, and metadata is not persistent yet.</summary>
    public static bool IsSynchronous(VmFaultInfo vmf, Iomap iomap) => vmf.IsWrite && vmf.Vma.IsSync && iomap.IsDirty;

    /// <summary>
    /// fs/dax.c dax_finish_sync_fault(): commits the metadata, then inserts the PTE or PMD. The entry was unlocked meanwhile. Called with
    /// the fault lock held shared, without a journal handle. The range begins at the page that was stored to, also for a huge page.
    /// </summary>
    public static async Call<VmFault> DaxFinishSyncFault(VmFaultInfo vmf, Pfn pfn, bool huge)
    {
        int pages = huge ? Math.Min(Machine.Current.Program.HugePagePages, vmf.Vma.Inode.Capacity - vmf.Page) : 1;
        await Fsync.VfsFsyncRange(vmf.Vma.Inode, vmf.Page, pages, promises: false);
        return await DaxInsertPfnMkwrite(vmf, pfn, huge);
    }

    /// <summary>
    /// fs/dax.c dax_insert_pfn_mkwrite() (v4.15): if the entry is still there and of that size, tags it DIRTY and inserts the PTE or PMD
    /// writable; else the store is tried again.
    /// </summary>
    private static async Call<VmFault> DaxInsertPfnMkwrite(VmFaultInfo vmf, Pfn pfn, bool huge)
    {
        Inode inode = vmf.Vma.Inode;
        inode.EntryLock(vmf.Page).MightWait();
        await inode.TreeLock.Lock();
        MappingEntry entry = await DaxEntries.GetUnlockedEntry(inode, vmf.Page);
        if (entry.IsNone || entry.IsHuge != huge)
        {
            Sites.Reach(Mark.DaxInsertPfnMkwriteNoEntry);
            inode.TreeLock.Unlock();
            await DaxEntries.PutUnlockedEntry(inode, DaxEntries.SlotOf(inode, vmf.Page), WakeMode.Next);
            await Tracepoints.Pte(TraceEventKind.InsertPfnMkwriteNoEntry, vmf, VmFault.NoPage);
            return VmFault.NoPage;
        }

        await DaxEntries.LockSlot(inode, DaxEntries.SlotOf(inode, vmf.Page), entry.TagDirty());
        inode.TreeLock.Unlock();
        VmFault ret;
        if (huge)
        {
            ret = await HugeMemory.InsertPfnPmd(vmf, pfn, write: true);
        }
        else
        {
            int error = await Memory.VmInsertMixedMkwrite(vmf, pfn);
            bool busy = error == Errno.EBusy && Machine.Current.Version.SyncMkwriteBusy == SyncMkwriteBusy.Sigbus;
            ret = busy ? VmFault.Sigbus : DaxFault.DaxFaultReturn(error);
        }

        await DaxEntries.DaxUnlockEntry(vmf.Vma.Inode, vmf.Page);
        await Tracepoints.Pte(TraceEventKind.InsertPfnMkwrite, vmf, ret);
        return ret;
    }
}
