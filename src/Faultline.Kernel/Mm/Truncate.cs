using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Dax;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Mm;

/// <summary>mm/truncate.c.</summary>
internal static class Truncate
{
    /// <summary>
    /// mm/truncate.c truncate_pagecache(): unmaps from the new end on, private copies too; drops entries; unmaps again, for private copies
    /// made meanwhile.
    /// </summary>
    public static async Call TruncatePagecache(Inode inode, int newSize)
    {
        if (newSize < inode.Capacity)
        {
            await Memory.UnmapMappingRange(inode, newSize, inode.Capacity - newSize, evenCows: true);
            await TruncateInodePagesRange(inode, newSize, inode.Capacity);
            await Memory.UnmapMappingRange(inode, newSize, inode.Capacity - newSize, evenCows: true);
        }
    }

    /// <summary>mm/truncate.c truncate_pagecache_range(), for whole pages: unmaps once, private copies stay; drops entries.</summary>
    public static async Call TruncatePagecacheRange(Inode inode, int page, int pages)
    {
        await Memory.UnmapMappingRange(inode, page, pages, evenCows: false);
        await TruncateInodePagesRange(inode, page, page + pages);
    }

    /// <summary>mm/truncate.c truncate_inode_pages_range(): drops the entries of a range, DIRTY or not, waiting for each.</summary>
    public static async Call TruncateInodePagesRange(Inode inode, int page, int end)
    {
        if (await MappingEmpty(inode))
        {
            return;
        }

        for (int index = page; index < end && index < inode.Capacity; index++)
        {
            MappingEntry entry = await inode.Entry(DaxEntries.SlotOf(inode, index)).ReadOnce();
            if (entry.IsPage)
            {
                await InvalidateHolePage(inode, index);
            }
            else if (!entry.IsNone)
            {
                if (Machine.Current.Version.BrokenEntries == BrokenEntries.Deleted) // bde708f1a65d: breaking layouts has deleted them
                {
                    Sites.Warn("truncate_folio_batch_exceptionals", inode.Entry(index).Index, $"the entry is {entry}");
                }

                await DaxEntries.DaxDeleteMappingEntry(inode, index);
            }
        }
    }

    /// <summary>
    /// mm/truncate.c invalidate_inode_pages2_range(), one page: removes the mapping entry unless it is dirty, and only then unmaps
    /// the page from all mappings. Between the two a fault may make a fresh entry while an old PTE is still there.
    /// </summary>
    public static async Call InvalidateInodePages2Range(Inode inode, int page)
    {
        if (await MappingEmpty(inode))
        {
            return;
        }

        MappingEntry entry = await inode.Entry(DaxEntries.SlotOf(inode, page)).ReadOnce(); // pagevec_lookup_entries(): without a lock, locked or not
        if (entry.IsPage)
        {
            await InvalidateHolePage(inode, page);
        }
        else if (!entry.IsNone)
        {
            await DaxEntries.DaxInvalidateMappingEntrySync(inode, page);
        }

        if (Machine.Current.Version.InvalidateUnmap == InvalidateUnmap.DaxToo)
        {
            await Memory.UnmapMappingRange(inode, page, 1, evenCows: false);
        }
    }

    /// <summary>
    /// mm/truncate.c invalidate_mapping_pages(), for drop_caches: page-cache pages that nobody maps; before v4.12 clean DAX entries that
    /// nobody has locked as well, mapped or not (4636e70bb0a8). fs/drop_caches.c drop_pagecache_sb() passes over a file with nrpages of 0,
    /// however many entries it has: some page-cache page must stand for a hole of it.
    /// </summary>
    public static async Call InvalidateMappingPages(Inode inode)
    {
        if (!HasPages(inode))
        {
            return;
        }

        for (int index = 0; index < inode.Capacity && Machine.Current.Version.InvalidateMapped == InvalidateMapped.Removes; index++)
        {
            await inode.TreeLock.Lock();
            int slot = DaxEntries.SlotOf(inode, index);
            MappingEntry entry = inode.Entry(slot).Get();
            if (!entry.IsNone && !entry.IsPage && !entry.IsLocked && !entry.IsDirty && !entry.IsTowrite)
            {
                await inode.Entry(slot).Write(MappingEntry.None);
            }

            inode.TreeLock.Unlock();
        }
    }

    /// <summary>mapping->nrpages is not 0: a page-cache page stands for some hole of the file. Takes no lock.</summary>
    public static bool HasPages(Inode inode)
    {
        bool any = false;
        for (int page = 0; page < inode.Capacity; page++)
        {
            any |= inode.Entry(page).Raw.IsPage;
        }

        return any;
    }

    /// <summary>include/linux/pagemap.h mapping_empty(), nrpages and nrexceptional in v4.12: is anything cached at all? Takes no lock.</summary>
    private static async Call<bool> MappingEmpty(Inode inode)
    {
        await new AccessStep(inode.Entry(0).Index);
        bool empty = true;
        for (int page = 0; page < inode.Capacity; page++)
        {
            empty &= inode.Entry(page).Raw.IsNone;
        }

        return empty;
    }

    /// <summary>mm/truncate.c invalidate_inode_pages2_range(), for a hole's page-cache page (before v4.14): lock it, unmap it, take it out of the mapping.</summary>
    private static async Call InvalidateHolePage(Inode inode, int page)
    {
        await inode.HolePageLock(page).Lock();
        if (inode.HolePageInCache(page).Raw != 0)
        {
            await Memory.UnmapMappingRange(inode, page, 1, evenCows: false);
            await Filemap.DeleteFromPageCache(inode, page);
        }

        inode.HolePageLock(page).Unlock();
    }
}
