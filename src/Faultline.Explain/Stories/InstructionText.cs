using Faultline.Kernel.Programs;

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
        return i.Opcode switch
        {
            Opcode.Load => $"{Register(program, thread, i.Register)} = {Place(program, i)}",
            Opcode.Store => $"{Place(program, i)} = {Operand(program, thread, i)}",
            Opcode.Read => $"{Registers(program, thread, i)} = read({Place(program, i)})",
            Opcode.Write => $"write({Place(program, i)}, {Operand(program, thread, i)})",
            Opcode.DontNeed => $"madvise({Place(program, i)}, DONTNEED)",
            _ => i.Opcode.ToString(),
        };
    }

    /// <summary>The word or page that an instruction is about: <c>A[0]</c>, <c>f[0].1</c>.</summary>
    public static string Place(UserProgram program, Instruction i)
    {
        bool file = i.Opcode is Opcode.Read or Opcode.Write;
        string name = file ? program.Files[i.Object].Name : program.Maps[i.Object].Name;
        if (i.Page < 0)
        {
            return name;
        }

        bool oneWord = i.Opcode != Opcode.DontNeed && i.Word >= 0 && program.WordsPerPage > 1;
        return oneWord ? $"{name}[{i.Page}].{i.Word}" : $"{name}[{i.Page}]";
    }

    private static string Register(UserProgram program, int thread, int register) => program.Threads[thread].Registers[register];

    private static string Registers(UserProgram program, int thread, Instruction i) =>
        string.Join(", ", Enumerable.Range(i.Register, Math.Max(1, i.RegisterCount)).Select(r => Register(program, thread, r)));

    private static string Operand(UserProgram program, int thread, Instruction i) =>
        i.Register < 0 ? $"{i.Value}" : Register(program, thread, i.Register);
}
