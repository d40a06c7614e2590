using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Fs;

/// <summary>fs/ext4: fault handlers and block map look-ups of a DAX file.</summary>
internal static class Ext4
{
    private static RwSem SbPagefaults => new(Machine.Current.Places.SbPagefaults);

    private static RwSem Journal => new(Machine.Current.Places.Journal);

    /// <summary>
    /// fs/ext4/file.c ext4_dax_fault() with ext4_dax_huge_fault(): for a write freeze protection, then the fault lock shared, then a
    /// journal handle, started before the entry lock (fb26a1cbed8c).
    /// </summary>
    [KernelName("ext4_dax_fault")]
    public static async Call<VmFault> DaxFault(VmFaultInfo vmf)
    {
        if (!IsWrite(vmf))
        {
            await vmf.Vma.Inode.FaultLock.DownRead();
            VmFault result = await Dax.DaxFault.DaxIomapPteFault(vmf);
            vmf.Vma.Inode.FaultLock.UpRead();
            return result;
        }

        await SbPagefaults.DownRead();
        await vmf.Vma.Inode.FaultLock.DownRead();
        await Journal.DownRead();
        VmFault ret = await Dax.DaxFault.DaxIomapPteFault(vmf);
        Journal.UpRead();
        vmf.Vma.Inode.FaultLock.UpRead();
        SbPagefaults.UpRead();
        return ret;
    }

    /// <summary>vm_ops->pfn_mkwrite: before v4.14 a function of its own, since then fs/ext4/file.c ext4_dax_fault().</summary>
    public static Call<VmFault> PfnMkwrite(VmFaultInfo vmf) =>
        Machine.Current.Version.SharedStoreInsert == SharedStoreInsert.WritableAtOnce ? DaxFault(vmf) : MkwriteOnly(vmf);

    /// <summary>fs/ext4/file.c ext4_dax_pfn_mkwrite() (before v4.14), without a journal handle.</summary>
    [KernelName("ext4_dax_pfn_mkwrite")]
    private static async Call<VmFault> MkwriteOnly(VmFaultInfo vmf)
    {
        await SbPagefaults.DownRead();
        await vmf.Vma.Inode.FaultLock.DownRead();
        VmFault ret = await Dax.DaxFault.DaxPfnMkwrite(vmf);
        vmf.Vma.Inode.FaultLock.UpRead();
        SbPagefaults.UpRead();
        return ret;
    }

    /// <summary>
    /// fs/ext4/inode.c ext4_iomap_begin() with ext4_map_blocks(): look up under i_data_sem shared; to allocate, take it exclusively
    /// and look again. Only the one who allocates reports a new block.
    /// </summary>
    [KernelName("ext4_iomap_begin")]
    public static async Call<Iomap> IomapBegin(Inode inode, int page, bool write)
    {
        await inode.BlockMapLock.DownRead();
        Extent extent = BlockMap.Lookup(inode, page);
        inode.BlockMapLock.UpRead();
        if (!write || extent.Type == IomapType.Mapped)
        {
            return Iomap.Of(extent, isNew: false);
        }

        bool ownHandle = !Journal.IsMine; // in a fault the handle is open already
        if (ownHandle)
        {
            await Journal.DownRead();
        }

        await inode.BlockMapLock.DownWrite();
        bool isNew = BlockMap.Allocate(inode, page);
        extent = BlockMap.Lookup(inode, page);
        inode.BlockMapLock.UpWrite();
        if (ownHandle)
        {
            Journal.UpRead();
        }

        return Iomap.Of(extent, isNew);
    }

    // Until v4.13 a private store counts as a write, though it allocates nothing (fd96b8da68d3).
    private static bool IsWrite(VmFaultInfo vmf) =>
        vmf.IsWrite && (vmf.Vma.IsShared || Machine.Current.Version.Ext4CowPrelude == CowPrelude.AsWrite);
}
