using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Pmem;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.User;

/// <summary>A user thread: executes its instructions one after another, faulting and calling the kernel as they need.</summary>
internal static class UserThread
{
    /// <summary>The value of a thread's signal word after SIGBUS.</summary>
    public const int Sigbus = 1;

    /// <summary>The same after SIGSEGV.</summary>
    public const int Sigsegv = 2;

    private const int MaxFaultCount = 7; // counted up to here; a thread that spins must not make endless states

    /// <summary>The thread's whole life. In a forked process it begins with the fork.</summary>
    [KernelName("user")]
    public static async Call Body(int thread)
    {
        if (Machine.Current.Program.Processes[Machine.Current.Program.Threads[thread].Process].Parent >= 0)
        {
            await new WaitQueue(Machine.Current.Places.ForkWaiters + thread).Sleep();
        }

        for (int pc = 0; pc < Machine.Current.Code[thread].Length; pc++)
        {
            switch (InstructionAt(thread, pc).Opcode)
            {
                case Opcode.Load:
                case Opcode.Store:
                case Opcode.Clwb:
                    await LoadOrStore(thread, pc);
                    break;
                case Opcode.Crash:
                    await PowerFailure.Strike();
                    break;
                case Opcode.Sfence:
                    CacheLines.Fence();
                    break;
                default:
                    await SystemCall(thread, pc);
                    break;
            }
        }
    }

    /// <summary>The instruction at a place of a thread's code.</summary>
    public static Instruction InstructionAt(int thread, int pc) => Machine.Current.Code[thread][pc];

    /// <summary>A register of a thread.</summary>
    public static Word<int> Register(int thread, int register) =>
        new(Machine.Current.Places.Registers + Machine.Current.Places.FirstRegister[thread] + register);

    /// <summary>What an instruction stores: a constant, or a register.</summary>
    public static int Operand(int thread, Instruction i) => i.Register < 0 ? i.Value : Register(thread, i.Register).Raw;

    /// <summary>Executes a system call.</summary>
    public static Call SystemCall(int thread, int pc)
    {
        Instruction i = InstructionAt(thread, pc);
        return i.Opcode switch
        {
            Opcode.Read => ReadWrite.KsysRead(thread, pc),
            Opcode.Write => ReadWrite.KsysWrite(thread, pc),
            Opcode.DontNeed => Madvise.DoMadvise(new Vma(i.Object), i.Page),
            Opcode.HwPoison or Opcode.DirectRead => MayBeSignalled(thread, pc),
            Opcode.Fsync or Opcode.Fdatasync => Fsync.DoFsync(new Inode(i.Object)),
            Opcode.Msync => Fsync.DoMsync(new Vma(i.Object)),
            Opcode.Truncate => FilesystemOps.SetSize(new Inode(i.Object), i.Value),
            Opcode.Fallocate => FilesystemOps.Fallocate(thread, pc),
            Opcode.Munmap => Mmap.DoMunmap(new Vma(i.Object)),
            Opcode.Mprotect => Mmap.DoMprotect(new Vma(i.Object), i.Value != 0),
            Opcode.Fork => Mmap.DupMmap(i.Value),
            Opcode.Reflink => FilesystemOps.Reflink(thread, pc),
            Opcode.DropCaches => DropCaches(),
            _ => throw new ModelException($"no such instruction: {i.Opcode}"),
        };
    }

    /// <summary>fs/drop_caches.c drop_pagecache_sb(): all files.</summary>
    private static async Call DropCaches()
    {
        for (int file = 0; file < Machine.Current.Program.Files.Count; file++)
        {
            await Truncate.InvalidateMappingPages(new Inode(file));
        }
    }

    // A system call that faults in a page of its caller's: an error there is -EFAULT, which is kept as the signal that an access would get.
    [KernelName("syscall")]
    private static async Call MayBeSignalled(int thread, int pc)
    {
        Instruction i = InstructionAt(thread, pc);
        VmFault fault = i.Opcode == Opcode.DirectRead
            ? await Gup.DirectRead(thread, pc)
            : await MemoryFailure.MadviseInjectError(new Vma(i.Object), i.Page);
        if ((fault & VmFault.Oom) != 0)
        {
            Sites.Reach(Mark.FaultinPageOutOfMemory); // -ENOMEM from the system call
        }
        else if ((fault & VmFault.Error) != 0)
        {
            Signal(thread, fault);
        }
    }

    // The instruction is executed again after each fault, until it succeeds or the thread gets a signal.
    [KernelName("user_access")]
    private static async Call LoadOrStore(int thread, int pc)
    {
        for (;;)
        {
            AccessResult access = await Attempt(thread, pc);
            if (!access.IsFault)
            {
                Retire(thread, InstructionAt(thread, pc), access.Value);
                return;
            }

            CountFault(thread);
            Instruction i = InstructionAt(thread, pc);
            await Tracepoints.PageFaultUser(new Vma(i.Object), i.Page, i.Opcode == Opcode.Store, PageTable.WalkRaw(new Vma(i.Object), i.Page).IsPresent);
            i = InstructionAt(thread, pc);
            VmFault fault = await Fault.DoUserAddrFault(new Vma(i.Object), i.Page, i.Opcode == Opcode.Store);
            if ((fault & VmFault.Oom) != 0)
            {
                Sites.Reach(Mark.PagefaultOutOfMemory); // mm/oom_kill.c: says that it takes the fault again, and does
            }
            else if ((fault & VmFault.Error) != 0)
            {
                Signal(thread, fault);
                return;
            }
        }
    }

    private static Call<AccessResult> Attempt(int thread, int pc)
    {
        Instruction i = InstructionAt(thread, pc);
        bool keep = Machine.Current.Footprint.IsUsedAgain(thread, pc);
        return i.Opcode switch
        {
            Opcode.Load => Mmu.Load(new Vma(i.Object), i.Page, i.Word, keep),
            Opcode.Clwb => Mmu.WriteBack(new Vma(i.Object), i.Page, i.Word, keep),
            _ => Mmu.Store(new Vma(i.Object), i.Page, i.Word, Operand(thread, i), keep),
        };
    }

    private static void Retire(int thread, Instruction i, int value)
    {
        if (i.Opcode == Opcode.Load)
        {
            Register(thread, i.Register).Raw = value;
            Execution.Current.Recorder?.Note($"{Machine.Current.Program.Threads[thread].Registers[i.Register]} = {value}");
        }
        else if (i.Opcode == Opcode.Store)
        {
            Execution.Current.Recorder?.Note($"stored {Operand(thread, i)}");
        }
    }

    private static void Signal(int thread, VmFault fault)
    {
        bool bus = (fault & VmFault.Sigbus) != 0;
        Execution.Current.Word(Machine.Current.Places.Signals + thread) |= bus ? Sigbus : Sigsegv;
        Execution.Current.Recorder?.Note($"{(bus ? "SIGBUS" : "SIGSEGV")}: the instruction is given up");
    }

    private static void CountFault(int thread)
    {
        Machine machine = Machine.Current;
        if (machine.Costs is { } costs)
        {
            costs.Faults++;
        }

        if (machine.Observe.FaultCounts)
        {
            ref int count = ref Execution.Current.Word(machine.Places.FaultCounts + thread);
            count = Math.Min(count + 1, MaxFaultCount);
        }
    }
}
