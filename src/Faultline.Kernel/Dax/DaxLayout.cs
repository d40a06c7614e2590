using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Dax;

/// <summary>fs/dax.c: pages that somebody has pinned, before their blocks may be freed.</summary>
internal static class DaxLayout
{
    private const int NoBlock = -1;

    /// <summary>
    /// fs/dax.c dax_layout_busy_page() (v4.18) with the loop of ext4_break_layouts() and xfs_break_dax_layouts(), dax_break_layout()
    /// (v6.15): unmaps the file, so that no new pins come, and waits, with the fault lock dropped, until no page of it is pinned. The
    /// caller holds the fault lock exclusively.
    /// </summary>
    [KernelName("dax_break_layout")]
    public static async Call DaxBreakLayout(Inode inode)
    {
        for (;;)
        {
            int block = await DaxLayoutBusyPage(inode);
            if (block == NoBlock)
            {
                break;
            }

            Sites.Reach(Mark.BreakLayoutWaits);
            await WaitPageIdle(inode, block);
        }

        await DeleteBrokenEntries(inode);
    }

    /// <summary>
    /// fs/xfs/xfs_inode.c xfs_mmaplock_two_inodes_and_break_dax_layout() (v6.0), its second file: breaks the layouts without waiting. The
    /// caller drops its locks and begins again.
    /// </summary>
    /// <returns>False when a page of it is pinned.</returns>
    [KernelName("dax_break_layout")]
    public static async Call<bool> TryBreakLayout(Inode inode)
    {
        if (await DaxLayoutBusyPage(inode) != NoBlock)
        {
            return false;
        }

        await DeleteBrokenEntries(inode);
        return true;
    }

    /// <summary>
    /// fs/dax.c wait_page_idle() (v6.15), ext4_wait_dax_page(), xfs_wait_dax_page(): sleeps with the fault lock dropped. With it taken again
    /// the page is looked at once more, but not unmapped.
    /// </summary>
    [KernelName("wait_page_idle")]
    private static async Call WaitPageIdle(Inode inode, int block)
    {
        for (;;)
        {
            await new AccessStep(BlockAllocator.Pins(block).Index);
            if (Gup.IsIdle(block))
            {
                break;
            }

            BlockAllocator.IdleWaiters(block).EnqueueNow(); // wait_var_event()
            inode.FaultLock.UpWrite();
            await BlockAllocator.IdleWaiters(block).Sleep();
            await inode.FaultLock.DownWrite();
        }
    }

    /// <summary>fs/dax.c dax_break_layout(), its end (v6.15): nothing of the file stays in its mapping, DIRTY or not.</summary>
    [KernelName("dax_break_layout")]
    private static async Call DeleteBrokenEntries(Inode inode)
    {
        for (int index = 0; index < inode.Capacity && Machine.Current.Version.BrokenEntries == BrokenEntries.Deleted; index++)
        {
            if (!inode.Entry(index).Raw.IsNone)
            {
                await DaxEntries.DaxDeleteMappingEntry(inode, index);
            }
        }
    }

    /// <summary>fs/dax.c dax_layout_busy_page(): unmaps the whole file, then looks for an entry with a pinned page.</summary>
    /// <returns>The pinned block, or -1.</returns>
    private static async Call<int> DaxLayoutBusyPage(Inode inode)
    {
        if (Machine.Current.Version.BrokenEntries == BrokenEntries.Kept && !Memory.MappingMapped(inode))
        {
            return NoBlock;
        }

        await Memory.UnmapMappingRange(
            inode, 0, inode.Capacity, evenCows: Machine.Current.Version.BusyPageUnmap == BusyPageUnmap.CopiesToo);
        for (int index = 0; index < inode.Capacity && Machine.Current.Footprint.DirectReads; index++)
        {
            inode.EntryLock(index).MightWait();
            await inode.TreeLock.Lock();
            MappingEntry entry = await DaxEntries.GetUnlockedEntry(inode, index);
            int slot = DaxEntries.SlotOf(inode, index);
            int block = entry.IsReal ? entry.Pfn.Index + index - slot : NoBlock;
            int pins = block == NoBlock ? 0 : await BlockAllocator.Pins(block).ReadOnce();
            inode.TreeLock.Unlock();
            if (!entry.IsNone)
            {
                await DaxEntries.PutUnlockedEntry(inode, slot, WakeMode.Next);
            }

            if (pins != 0)
            {
                return block;
            }
        }

        return NoBlock;
    }

    /// <summary>
    /// fs/dax.c dax_lock_mapping_entry() (v4.19), dax_lock_page() (v4.20), for memory_failure(): locks the entry of a page, unless the page
    /// leaves its file meanwhile. Whoever waited and then does not lock has used up a wake.
    /// </summary>
    /// <returns>True when the entry is locked.</returns>
    public static async Call<bool> DaxLockPage(Inode inode, int index, Pfn pfn)
    {
        inode.EntryLock(index).MightWait();
        await inode.TreeLock.Lock();
        for (bool waited = false; ; waited = true)
        {
            int slot = DaxEntries.SlotOf(inode, index);
            MappingEntry entry = inode.Entry(slot).Get();
            bool ours = entry.IsReal && entry.Pfn.Index + index - slot == pfn.Index;
            if (!ours)
            {
                inode.TreeLock.Unlock();
                if (waited && Machine.Current.Version.LockPageWake == LockPageWake.PassedOn)
                {
                    await DaxEntries.Wake(inode, slot, WakeMode.Next);
                }

                return false;
            }

            if (!entry.IsLocked)
            {
                await DaxEntries.LockSlot(inode, slot, entry);
                inode.TreeLock.Unlock();
                return true;
            }

            if (Machine.Current.Version.LockPageRetry == LockPageRetry.KeepsTreeLock)
            {
                await inode.TreeLock.Lock(); // tries again with the lock still held (f52afc93cd01)
            }

            await DaxEntries.WaitForEntry(inode, slot);
        }
    }
}
