using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Dax;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>mm/truncate.c.</summary>
internal static class Truncate
{
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

        MappingEntry entry = await inode.Entry(page).ReadOnce(); // pagevec_lookup_entries(): without a lock, locked or not
        if (entry.IsPage)
        {
            await InvalidateHolePage(inode, page);
        }
        else if (!entry.IsNone)
        {
            await DaxEntries.DaxInvalidateMappingEntrySync(inode, page);
        }

        await Memory.UnmapMappingRange(inode, page, evenCows: false);
    }

    /// <summary>include/linux/pagemap.h mapping_empty(), nrpages and nrexceptional in v4.12: is anything cached at all? Takes no lock.</summary>
    private static async Call<bool> MappingEmpty(Inode inode)
    {
        await new AccessStep(inode.Entry(0).Index);
        bool empty = true;
        for (int page = 0; page < inode.Pages; page++)
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
            await Memory.UnmapMappingRange(inode, page, evenCows: false);
            await Filemap.DeleteFromPageCache(inode, page);
        }

        inode.HolePageLock(page).Unlock();
    }
}
