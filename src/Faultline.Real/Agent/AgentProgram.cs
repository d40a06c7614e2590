using System.Globalization;
using System.Text;
using Faultline.Kernel.Programs;

namespace Faultline.Real.Agent;

/// <summary>Writes a program as the lines of numbers that the guest's agent reads (<c>agent.c</c>).</summary>
public static class AgentProgram
{
    private static readonly HashSet<Opcode> NotDone = [Opcode.Fork, Opcode.HwPoison, Opcode.DirectRead, Opcode.Crash];

    /// <summary>Why the agent cannot run a program; null when it can.</summary>
    public static string? WhyNot(UserProgram program) =>
        program.Instructions.Where(i => NotDone.Contains(i.Opcode)).Select(i => $"it uses {i.Opcode}").FirstOrDefault()
        ?? (program.Processes.Count > 1 ? "it has several processes"
        : program.MountedReadOnly ? "it mounts read-only"
        : program.Files.Count > 4 || program.Maps.Count > 8 || program.Threads.Count > 8 ? "it is too large" : null);

    /// <summary>The text of a program.</summary>
    public static string Write(UserProgram program)
    {
        var pages = new RealPages(program);
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"test {program.Name}\n");
        foreach (FileSpec file in program.Files)
        {
            WriteFile(text, file, pages);
        }

        foreach (MapSpec map in program.Maps)
        {
            WriteMap(text, program, map, pages);
        }

        foreach (ThreadSpec thread in program.Threads)
        {
            text.Append(CultureInfo.InvariantCulture, $"thread {thread.Code.Count}\n");
            foreach (Instruction i in thread.Code)
            {
                WriteInstruction(text, program, i, pages);
            }
        }

        return text.Append("end\n").ToString();
    }

    /// <summary>The pages of a mapping: the first, and how many.</summary>
    public static (int First, int Count) PagesOf(UserProgram program, MapSpec map) =>
        (map.FirstPage, map.PageCount > 0 ? map.PageCount : program.Files[map.File].Pages.Count - map.FirstPage);

    private static void WriteFile(StringBuilder text, FileSpec file, RealPages pages)
    {
        var parts = new List<(long First, long Count, int Backing, int Word0, int Word1)>();
        for (int page = 0; page < file.Size; page++)
        {
            FilePage it = file.Pages[page];
            int word0 = it.Words.Count > 0 ? it.Words[0] : 0, word1 = it.Words.Count > 1 ? it.Words[1] : word0;
            (long First, long Count, int Backing, int Word0, int Word1) part = (pages.Start(page), pages.Count(page, 1), (int)it.Backing, word0, word1);
            if (parts.Count > 0 && (parts[^1].Backing, parts[^1].Word0, parts[^1].Word1) == (part.Backing, part.Word0, part.Word1))
            {
                parts[^1] = parts[^1] with { Count = parts[^1].Count + part.Count };
            }
            else
            {
                parts.Add(part);
            }
        }

        string watched = string.Join(' ', file.Pages.Select((_, p) => pages.Start(p)));
        text.Append(CultureInfo.InvariantCulture, $"file {pages.Start(file.Size)} {parts.Count} {file.Pages.Count}\n");
        parts.ForEach(p => text.Append(CultureInfo.InvariantCulture, $" {p.First} {p.Count} {p.Backing} {p.Word0} {p.Word1}\n"));
        text.Append(CultureInfo.InvariantCulture, $" {watched}\n");
    }

    private static void WriteMap(StringBuilder text, UserProgram program, MapSpec map, RealPages pages)
    {
        (int first, int count) = PagesOf(program, map);
        string watched = string.Join(' ', Enumerable.Range(first, count).Select(pages.Start));
        text.Append(
            CultureInfo.InvariantCulture,
            $"map {map.File} {(map.Shared ? 1 : 0)} {(map.Writable ? 1 : 0)} {(map.Sync ? 1 : 0)} {(int)map.Alignment} {pages.Start(first)} {pages.Count(first, count)} {count} {watched}\n");
    }

    private static void WriteInstruction(StringBuilder text, UserProgram program, Instruction i, RealPages pages)
    {
        (long first, long count) = i.Opcode switch
        {
            Opcode.Load or Opcode.Store or Opcode.Clwb => (pages.Start(i.Page), 1),
            Opcode.Read or Opcode.Write => (pages.Start(i.Page), pages.Count(i.Page, 1)),
            Opcode.DontNeed when i.Page < 0 => Whole(program, program.Maps[i.Object], pages),
            Opcode.DontNeed => (pages.Start(i.Page), pages.Count(i.Page, 1)),
            Opcode.Truncate => (pages.Start(i.Value), 0L),
            Opcode.Fallocate or Opcode.Reflink => (pages.Start(i.Page), pages.Count(i.Page, i.Pages)),
            _ => (0L, 0L),
        };
        text.Append(
            CultureInfo.InvariantCulture,
            $" {(int)i.Opcode} {i.Object} {first} {count} {i.Word} {i.Register} {i.Value} {i.RegisterCount} {(int)i.Mode} {i.Target} {pages.Start(i.TargetPage)}\n");
    }

    private static (long First, long Count) Whole(UserProgram program, MapSpec map, RealPages pages)
    {
        (int first, int count) = PagesOf(program, map);
        return (pages.Start(first), pages.Count(first, count));
    }
}
