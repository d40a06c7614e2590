using Faultline.Engine.Coroutines;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Fs;

/// <summary>The hooks that the mm and DAX call: vm_operations_struct and iomap_ops.</summary>
internal static class FilesystemOps
{
    /// <summary>vm_ops->fault.</summary>
    public static Call<VmFault> Fault(VmFaultInfo vmf) => IsExt4 ? Ext4.DaxFault(vmf) : Xfs.FilemapFault(vmf);

    /// <summary>vm_ops->page_mkwrite: for a DAX file the same handler.</summary>
    public static Call<VmFault> PageMkwrite(VmFaultInfo vmf) => Fault(vmf);

    /// <summary>vm_ops->pfn_mkwrite.</summary>
    public static Call<VmFault> PfnMkwrite(VmFaultInfo vmf) => IsExt4 ? Ext4.PfnMkwrite(vmf) : Xfs.FilemapPfnMkwrite(vmf);

    /// <summary>iomap_ops->iomap_begin, for one page.</summary>
    public static Call<Iomap> IomapBegin(Inode inode, int page, bool write) =>
        IsExt4 ? Ext4.IomapBegin(inode, page, write) : Xfs.FileIomapBegin(inode, page, write);

    private static bool IsExt4 => Machine.Current.Filesystem == FilesystemKind.Ext4;
}
