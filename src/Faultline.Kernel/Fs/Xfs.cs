using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Fs;

/// <summary>fs/xfs: fault handlers and block map look-ups of a DAX file.</summary>
internal static class Xfs
{
    private static RwSem SbPagefaults => new(Machine.Current.Places.SbPagefaults);

    /// <summary>
    /// fs/xfs/xfs_file.c xfs_filemap_fault() and, for a write, xfs_filemap_page_mkwrite(): freeze protection for a write, then
    /// MMAPLOCK shared. No transaction is open around the DAX fault.
    /// </summary>
    [KernelName("xfs_filemap_fault")]
    public static async Call<VmFault> FilemapFault(VmFaultInfo vmf)
    {
        if (IsWrite(vmf))
        {
            await SbPagefaults.DownRead();
        }

        await vmf.Vma.Inode.FaultLock.DownRead();
        VmFault ret = await Dax.DaxFault.DaxIomapPteFault(vmf);
        vmf.Vma.Inode.FaultLock.UpRead();
        if (IsWrite(vmf))
        {
            SbPagefaults.UpRead();
        }

        return ret;
    }

    /// <summary>fs/xfs/xfs_file.c xfs_filemap_pfn_mkwrite(): before v4.14 around dax_pfn_mkwrite(), since then around the whole fault.</summary>
    [KernelName("xfs_filemap_pfn_mkwrite")]
    public static async Call<VmFault> FilemapPfnMkwrite(VmFaultInfo vmf)
    {
        await SbPagefaults.DownRead();
        await vmf.Vma.Inode.FaultLock.DownRead();
        VmFault ret = Machine.Current.Version.SharedStoreInsert == SharedStoreInsert.WritableAtOnce
            ? await Dax.DaxFault.DaxIomapPteFault(vmf)
            : await Dax.DaxFault.DaxPfnMkwrite(vmf);
        vmf.Vma.Inode.FaultLock.UpRead();
        SbPagefaults.UpRead();
        return ret;
    }

    /// <summary>
    /// fs/xfs/xfs_iomap.c xfs_file_iomap_begin() with xfs_iomap_write_direct(): look up under ILOCK shared, drop it, allocate under
    /// ILOCK exclusive in a transaction. Whoever comes to allocate reports a new block, even when another was faster; it zeroes
    /// only what it allocated itself.
    /// </summary>
    [KernelName("xfs_file_iomap_begin")]
    public static async Call<Iomap> FileIomapBegin(Inode inode, int page, bool write)
    {
        await inode.BlockMapLock.DownRead();
        Extent extent = BlockMap.Lookup(inode, page);
        inode.BlockMapLock.UpRead();
        if (!write || extent.Type == IomapType.Mapped)
        {
            return Iomap.Of(extent, isNew: false);
        }

        await new RwSem(Machine.Current.Places.Journal).DownRead();
        await inode.BlockMapLock.DownWrite();
        BlockMap.Allocate(inode, page);
        extent = BlockMap.Lookup(inode, page);
        inode.BlockMapLock.UpWrite();
        new RwSem(Machine.Current.Places.Journal).UpRead();
        return Iomap.Of(extent, isNew: true);
    }

    private static bool IsWrite(VmFaultInfo vmf) =>
        vmf.IsWrite && (vmf.Vma.IsShared || Machine.Current.Version.XfsCowPrelude == CowPrelude.AsWrite);
}
