using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Mm;

/// <summary>Where a trap enters the kernel.</summary>
internal static class Fault
{
    /// <summary>
    /// arch/x86/mm/fault.c __do_page_fault() (v4.12), do_user_addr_fault() (since v5.2): finds the VMA under mmap_lock held for reading;
    /// since v6.4 first under the VMA's own lock, if nobody is changing it.
    /// </summary>
    public static async Call<VmFault> DoUserAddrFault(Vma vma, int page, bool write)
    {
        FaultFlags flags = write ? FaultFlags.Write : FaultFlags.None;
        if (TriesVmaLock && await vma.Lock.TryDownRead())
        {
            VmFault first = IsAllowed(vma, write)
                ? await Memory.HandleMmFault(new VmFaultInfo(vma, page, flags | FaultFlags.VmaLock, Pte.None, default))
                : VmFault.Retry;
            vma.Lock.UpRead();
            if ((first & VmFault.Retry) == 0)
            {
                Sites.Reach(Mark.VmaLockFault);
                return first;
            }
        }

        await vma.MmapLock.DownRead();
        VmFault fault = IsAllowed(vma, write)
            ? await Memory.HandleMmFault(new VmFaultInfo(vma, page, flags, Pte.None, default))
            : VmFault.Sigsegv;
        vma.MmapLock.UpRead();
        return fault;
    }

    private static bool TriesVmaLock => Machine.Current.Footprint.TriesVmaLocks && Machine.Current.Version.VmaLock == VmaLock.Tried;

    private static bool IsAllowed(Vma vma, bool write) => vma.IsMapped && (!write || vma.IsWritable);
}
