using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Dax;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Pmem;

namespace Faultline.Kernel.Fs;

/// <summary>fs/sync.c, mm/msync.c: making a file persistent. Takes no lock of the inode.</summary>
internal static class Fsync
{
    /// <summary>fs/sync.c do_fsync(), for fsync(2) and fdatasync(2).</summary>
    public static async Call DoFsync(Inode inode)
    {
        await VfsFsyncRange(inode, 0, inode.Capacity, promises: true);
        Invariants.CheckPromise(inode);
    }

    /// <summary>mm/msync.c sys_msync(), MS_SYNC: finds the VMA under mmap_lock, drops it, and syncs what a shared one maps of the file.</summary>
    public static async Call DoMsync(Vma vma)
    {
        await vma.MmapLock.DownRead();
        bool mapped = vma.IsMapped;
        vma.MmapLock.UpRead();
        if (mapped && vma.IsShared)
        {
            await VfsFsyncRange(vma.Inode, vma.FirstPage, vma.EndPage - vma.FirstPage, promises: true);
            Invariants.CheckPromise(vma.Inode);
        }
    }

    /// <summary>
    /// fs/sync.c vfs_fsync_range() with ext4_sync_file() / xfs_file_fsync(): writes back the DAX entries, then commits the journal, then
    /// drains what this CPU has written back.
    /// </summary>
    public static async Call VfsFsyncRange(Inode inode, int page, int pages, bool promises)
    {
        await DaxWriteback.DaxWritebackMappingRange(inode, page, pages, promises);
        await Journal.Commit(inode);
        CacheLines.Fence();
    }
}
