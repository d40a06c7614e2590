using Faultline.Kernel.Programs;
using Faultline.Litmus.Syntax;

namespace Faultline.Explain.Stories;

/// <summary>Instructions of an unrolled program in the litmus language's words.</summary>
internal static class InstructionText
{
    public static string Of(UserProgram program, int thread, int pc)
    {
        if (pc >= program.Threads[thread].Code.Count)
        {
            return "";
        }

        Instruction i = program.Threads[thread].Code[pc];
        return OfAccess(program, thread, i) ?? OfCall(program, i);
    }

    /// <summary>The word, page or range that an instruction is about: <c>A[0]</c>, <c>f[0].1</c>, <c>f[0..3]</c>; nothing for a fence.</summary>
    public static string Place(UserProgram program, Instruction i)
    {
        string name = i.Object < 0 ? "" : IsOfFile(i.Opcode) ? program.Files[i.Object].Name : program.Maps[i.Object].Name;
        if (i.Page < 0)
        {
            return name;
        }

        bool oneWord = IsAccess(i.Opcode) && i.Word >= 0 && program.WordsPerPage > 1;
        return oneWord ? $"{name}[{i.Page}].{i.Word}" : Range(name, i.Page, i.Pages);
    }

    /// <summary>The instruction's object is a file, not a mapping.</summary>
    public static bool IsOfFile(Opcode opcode) =>
        opcode is Opcode.Read or Opcode.Write or Opcode.Fsync or Opcode.Fdatasync or Opcode.Truncate or Opcode.Fallocate or Opcode.Reflink;

    private static bool IsAccess(Opcode opcode) =>
        opcode is Opcode.Load or Opcode.Store or Opcode.Read or Opcode.Write or Opcode.DirectRead or Opcode.Clwb;

    private static string? OfAccess(UserProgram program, int thread, Instruction i) => i.Opcode switch
    {
        Opcode.Load => $"{Register(program, thread, i.Register)} = {Place(program, i)}",
        Opcode.Store => $"{Place(program, i)} = {Operand(program, thread, i)}",
        Opcode.Read => $"{Registers(program, thread, i)} = read({Place(program, i)})",
        Opcode.Write => $"write({Place(program, i)}, {Operand(program, thread, i)})",
        Opcode.DirectRead => $"read_direct({Place(program, i)}, {i.Value})",
        Opcode.Clwb => $"clwb({Place(program, i)})",
        _ => null,
    };

    private static string OfCall(UserProgram program, Instruction i) => i.Opcode switch
    {
        Opcode.DontNeed => $"madvise({Place(program, i)}, DONTNEED)",
        Opcode.HwPoison => $"madvise({Place(program, i)}, HWPOISON)",
        Opcode.Fsync => $"fsync({Place(program, i)})",
        Opcode.Fdatasync => $"fdatasync({Place(program, i)})",
        Opcode.Msync => $"msync({Place(program, i)})",
        Opcode.Truncate => $"ftruncate({Place(program, i)}, {i.Value})",
        Opcode.Fallocate => $"fallocate({Place(program, i)}{FallocateModes.Suffix(i.Mode)})",
        Opcode.Reflink => $"reflink({Place(program, i)}, {Range(program.Files[i.Target].Name, i.TargetPage, i.Pages)})",
        Opcode.Munmap => $"munmap({Place(program, i)})",
        Opcode.Mprotect => $"mprotect({Place(program, i)}, {(i.Value == 1 ? "rw" : "r")})",
        Opcode.Fork => $"fork({program.Threads[i.Value].Name})",
        Opcode.DropCaches => "drop_caches",
        Opcode.Sfence => "sfence",
        Opcode.Crash => "crash",
        _ => i.Opcode.ToString(),
    };

    private static string Range(string name, int page, int pages) =>
        pages > 1 ? $"{name}[{page}..{page + pages - 1}]" : $"{name}[{page}]";

    private static string Register(UserProgram program, int thread, int register) => program.Threads[thread].Registers[register];

    private static string Registers(UserProgram program, int thread, Instruction i) =>
        string.Join(", ", Enumerable.Range(i.Register, Math.Max(1, i.RegisterCount)).Select(r => Register(program, thread, r)));

    private static string Operand(UserProgram program, int thread, Instruction i) =>
        i.Register < 0 ? $"{i.Value}" : Register(program, thread, i.Register);
}
