using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>Where a trap enters the kernel.</summary>
internal static class Fault
{
    /// <summary>arch/x86/mm/fault.c __do_page_fault() (v4.12), do_user_addr_fault() (since v5.2): takes mmap_lock for reading.</summary>
    public static async Call<VmFault> DoUserAddrFault(Vma vma, int page, bool write)
    {
        RwSem mmapLock = new(Machine.Current.Places.MmapLock);
        await mmapLock.DownRead();
        VmFault fault = await Memory.HandleMmFault(
            new VmFaultInfo(vma, page, write ? FaultFlags.Write : FaultFlags.None, Pte.None, default));
        new RwSem(Machine.Current.Places.MmapLock).UpRead();
        return fault;
    }
}
