using System.Reflection;
using Faultline.Real.Lab;

namespace Faultline.Real.Agent;

/// <summary>The program that runs tests inside a guest, compiled on this machine.</summary>
public static class AgentBinary
{
    /// <summary>Compiles it into a guest's shared folder.</summary>
    /// <param name="folder">The shared folder.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="LabException">There is no C compiler, or no static libc.</exception>
    public static async Task Put(string folder, CancellationToken cancellation)
    {
        string source = Path.Combine(folder, "agent.c");
        await using (Stream text = Assembly.GetExecutingAssembly().GetManifestResourceStream("agent.source")!)
        await using (FileStream file = File.Create(source))
        {
            await text.CopyToAsync(file, cancellation);
        }

        if (Tool.Find("cc") is null)
        {
            throw new LabException("faultline: cc is needed to compile what runs in the guest; on Debian: apt-get install -y gcc libc6-dev");
        }

        await Tool.Demand(
            "cc", ["-O2", "-Wall", "-Wextra", "-pthread", "-static", "-fno-pie", "-no-pie", "-o", Path.Combine(folder, "agent"), source], cancellation);
    }
}
